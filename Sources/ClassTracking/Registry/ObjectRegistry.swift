import CTrackingRuntime
import HeapSizing
import TrackingRecords

/// The tracked objects of one tracker, with their names: the Swift side of `ct_registry`.
///
/// Births and deaths are recorded in C, on any thread.
final class ObjectRegistry: Sendable {
    // A `ct_registry`, which has its own locks.
    nonisolated(unsafe) let pointer: OpaquePointer
    private let book = OrderedMutex(.ruleBook, RuleBook())
    private let watched = OrderedMutex<[UInt: WatchedClass]>(.watchedClasses, [:])
    /// By kind; the names of the first ones have been read.
    private let classNames = OrderedMutex<[String]>(.classNames, [""])
    private let clock: TickClock
    /// The stacks that created objects.
    let traces = TraceTable()

    /// A watched class: the key is its metadata, or the descriptor of a generic class.
    struct WatchedClass {
        var rule: TrackingRule
        var typeName: String
        /// Indicates whether the class was named, rather than matched by a pattern.
        var isNamed: Bool
    }

    /// Opens a registry.
    ///
    /// - Parameters:
    ///   - deadObjects: The number of dead objects that are kept.
    ///   - clock: Converts ticks to times.
    /// - Throws: ``TrackingError/Code/limitReached``; ``TrackingError/Code/forkedProcess``.
    init(deadObjects: Int, clock: TickClock) throws(TrackingError) {
        guard let pointer = ct_registry_open(deadObjects) else {
            throw ct_tracking_is_forked() != 0 ? .forkedProcess : .tooManyTrackers(limit: CT_REGISTRIES)
        }
        self.pointer = pointer
        self.clock = clock
    }

    deinit {
        freeze()
        ct_registry_close(pointer)
    }

    // MARK: Objects

    /// Records an existing object; does nothing if it is tracked already.
    ///
    /// - Parameters:
    ///   - object: The object.
    ///   - rule: The parameters with which it is tracked.
    ///   - frame: The `ct_frame` of the function whose caller is the first call of the stack, for a rule with `trace`.
    /// - Throws: ``TrackingError`` if the object cannot be recorded.
    func track(_ object: AnyObject, _ rule: TrackingRule, frame: UInt) throws(TrackingError) {
        let number = try number(of: rule)
        let result = withExtendedLifetime(object) {
            ct_track_object(pointer, Unmanaged.passUnretained(object).toOpaque(), number, rule.flags, frame)
        }
        if result != CT_ALREADY { try check(result, Self.name(of: type(of: object))) }
    }

    /// Changes the resolution level of an object.
    func change(_ object: AnyObject, resolutionLevel: Int) throws(TrackingError) {
        let address = Unmanaged.passUnretained(object).toOpaque()
        var flags: UInt32 = 0
        var key: UInt64 = 0
        let before = ct_object_rule(pointer, address, &flags, &key)
        guard var rule = book.withLock({ $0[before] }) else {
            throw .notTracked(Self.name(of: type(of: object)))
        }
        rule.resolutionLevel = resolutionLevel
        guard ct_change_object(pointer, address, try number(of: rule), flags) != 0 else {
            throw .notTracked(Self.name(of: type(of: object)))
        }
        withExtendedLifetime(object) {}
    }

    /// Returns the key of an object, unique during the lifetime of the registry; `nil` if it is not tracked.
    func key(of object: AnyObject) -> UInt64? {
        var flags: UInt32 = 0
        var key: UInt64 = 0
        let rule = ct_object_rule(pointer, Unmanaged.passUnretained(object).toOpaque(), &flags, &key)
        return rule == 0 ? nil : key
    }

    // MARK: Classes

    /// Watches a class: its instances are recorded from now on.
    ///
    /// - Parameters:
    ///   - key: The class's metadata, or the descriptor of a generic class.
    ///   - isDescriptor: Whether `key` is a descriptor.
    ///   - identity: Distinguishes a descriptor from another one at the same address.
    ///   - typeName: The name for errors.
    ///   - rule: The name and the parameters.
    ///   - isNamed: Whether this class was requested individually, rather than by a pattern.
    /// - Returns: Whether the class is still loaded.
    /// - Throws: ``TrackingError`` if the class cannot be observed.
    @discardableResult
    func watch(
        _ key: UInt,
        isDescriptor: Bool,
        identity: UInt64 = 0,
        typeName: String,
        _ rule: TrackingRule,
        isNamed: Bool
    ) throws(TrackingError) -> Bool {
        let number = try number(of: rule)
        let result = ct_watch_class(pointer, key, isDescriptor ? 1 : 0, identity, number, rule.flags)
        // Its library was unloaded while its classes were listed.
        if result == CT_GONE { return false }
        try check(result, typeName)
        watched.withLock { $0[key] = WatchedClass(rule: rule, typeName: typeName, isNamed: isNamed) }
        return true
    }

    /// Returns whether a class was watched at any time, even if it was detached; `nil` if that cannot be determined
    /// now.
    func wasWatched(_ description: ClassDescription) -> Bool? {
        let isDecided = ct_class_is_decided(pointer, description.descriptor, description.identity)
        return isDecided < 0 ? nil : isDecided != 0
    }

    /// Stops watching a class.
    ///
    /// - Returns: `false` if the class is not watched.
    func unwatch(_ key: UInt) -> Bool {
        guard watched.withLock({ $0.removeValue(forKey: key) }) != nil else { return false }
        return ct_unwatch_class(pointer, key) != 0
    }

    /// The watched classes, by key.
    var watchedClasses: [UInt: WatchedClass] { watched.withLock { $0 } }

    /// The keys of the watched classes.
    var watchedKeys: [UInt] { watched.withLock { Array($0.keys) } }

    /// The names of watched classes, with or without instances, each with whether it was requested individually.
    var watchedNames: [String: Bool] {
        watched.withLock { watched in
            Dictionary(watched.values.map { ($0.rule.name, $0.isNamed) }, uniquingKeysWith: { $0 || $1 })
        }
    }

    /// Observes deaths of objects whose class was changed to this one.
    func follow(_ metadata: UInt) { _ = ct_follow_class(pointer, metadata) }

    // MARK: The end

    /// Ends observation, and releases the objects that were kept; the recorded data can still be read.
    func freeze() {
        // Small, because releasing an object runs code of the host.
        withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer.self, capacity: 256) { kept in
            guard let first = kept.baseAddress else { return }
            while true {
                let count = ct_registry_freeze(pointer, first, kept.count)
                // Objects that a `deinit` of the host creates are the host's.
                let depth = ct_exchange_own_objects(0)
                for index in 0..<count { Unmanaged<AnyObject>.fromOpaque(kept[index]).release() }
                _ = ct_exchange_own_objects(depth)
                if count == 0 { return }
            }
        }
    }

    // MARK: Reading

    /// The rules by number, from 1.
    var rules: [TrackingRule] { book.withLock { $0.rules } }

    /// The kinds seen so far; the first is none.
    var kinds: UnsafeBufferPointer<ct_kind> {
        var count = 0
        let first = ct_registry_kinds(pointer, &count)
        return UnsafeBufferPointer(start: first, count: count)
    }

    /// Returns the name of a kind's class without its module.
    ///
    /// It is read once, at the first snapshot that has the kind. If the class's library was unloaded before that, the
    /// name is the one that was copied at its first object, without generic arguments.
    func className(of index: Int) -> String {
        classNames.withLock { names in
            let kinds = kinds
            while names.count <= index, names.count < kinds.count {
                let kind = kinds[names.count]
                names.append(
                    HeapSizer.className(kind.metadata, identity: kind.identity)
                        ?? kind.name.map { String(cString: $0) } ?? ""
                )
            }
            return index < names.count ? names[index] : ""
        }
    }

    /// Calls `body` with each shard, in the order of their first objects.
    ///
    /// Allocates nothing, because it is also called in copies of the process.
    func forEachShard(_ body: (Int) -> Void) {
        withUnsafeTemporaryAllocation(of: UInt16.self, capacity: Int(CT_SHARDS)) { shards in
            guard let first = shards.baseAddress else { return }
            ct_registry_order(pointer, first)
            for index in 0..<shards.count { body(Int(shards[index])) }
        }
    }

    /// The number of objects that died in each shard, modulo 2^32.
    var deaths: [UInt32] {
        [UInt32](unsafeUninitializedCapacity: Int(CT_SHARDS)) { deaths, initialized in
            deaths.initialize(repeating: 0)
            if let first = deaths.baseAddress { ct_registry_deaths(pointer, first) }
            initialized = Int(CT_SHARDS)
        }
    }

    /// Returns the numbers of objects of the first kinds that were recorded and that have died; takes some
    /// microseconds.
    func counts(of kinds: Int) -> [ct_count] {
        [ct_count](unsafeUninitializedCapacity: kinds) { counts, initialized in
            counts.initialize(repeating: ct_count())
            if let first = counts.baseAddress { ct_registry_count(pointer, first, kinds) }
            initialized = kinds
        }
    }

    /// The number of live objects.
    var liveCount: Int {
        // If births were missed, more objects may have died than were born.
        max(0, counts(of: kinds.count).reduce(0) { $0 + Int(Int32(bitPattern: $1.born &- $1.died)) })
    }

    /// Returns the birth of an object in seconds since the tracker began.
    func birth(of key: UInt64) -> Double { clock.seconds(at: ct_registry_start(pointer) &+ ct_key_birth(key)) }

    /// Returns the death of a dead object in seconds since the tracker began.
    func death(of dead: ct_dead_object) -> Double {
        clock.seconds(at: ct_registry_start(pointer) &+ ct_key_birth(dead.key) &+ ct_dead_lifetime(dead))
    }

    /// Returns the dead objects that are kept, unordered.
    func deadObjects() -> [ct_dead_object] {
        var dead: [ct_dead_object] = []
        var capacity = 256
        while true {
            var count = 0
            dead = [ct_dead_object](unsafeUninitializedCapacity: capacity) { buffer, initialized in
                count = ct_registry_copy_dead(pointer, buffer.baseAddress, capacity)
                initialized = min(count, capacity)
            }
            if count <= capacity { return dead }
            capacity = count + 64
        }
    }

    /// The bytes of memory in use.
    var bytes: Int { ct_registry_bytes(pointer) + TraceTable.bytes }

    /// The number of births and deaths that could not be recorded.
    var missed: Int { Int(clamping: ct_registry_missed(pointer)) }

    // MARK: Helpers

    private func number(of rule: TrackingRule) throws(TrackingError) -> UInt32 {
        guard let number = book.withLock({ $0.number(of: rule) }) else {
            throw .tooManyNames(limit: RuleBook.limit)
        }
        return number
    }

    private func check(_ result: ct_tracking_result, _ typeName: String) throws(TrackingError) {
        switch result {
        case CT_OK: return
        case CT_READ_ONLY: throw .unwritableClass(typeName)
        case CT_TOO_MANY: throw .tooManyNames(limit: RuleBook.limit)
        case CT_NO_MEMORY: throw .outOfMemory
        default: throw ct_tracking_is_forked() != 0 ? .forkedProcess : .closed
        }
    }

    static func name(of type: AnyClass) -> String { _typeName(type, qualified: true) }
}

extension TrackingRule {
    fileprivate var flags: UInt32 {
        (keep ? UInt32(CT_KEEP) : 0) | (trace ? UInt32(CT_TRACE) : 0)
    }
}
