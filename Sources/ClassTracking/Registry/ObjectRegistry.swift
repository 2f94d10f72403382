import CTrackingRuntime
import HeapSizing
import TrackingRecords

/// The tracked objects of one tracker, with their names: the Swift side of `ct_registry`.
///
/// Births and deaths come in on any thread without going through here.
final class ObjectRegistry: Sendable {
    // A `ct_registry`, which has its own locks.
    nonisolated(unsafe) let pointer: OpaquePointer
    private let book = OrderedMutex(.ruleBook, RuleBook())
    private let watched = OrderedMutex<[UInt: WatchedClass]>(.watchedClasses, [:])
    /// By kind; the classes of the first ones were asked for already.
    private let classNames = OrderedMutex<[String]>(.classNames, [""])
    private let clock: TickClock
    /// The stacks that objects were born on.
    let traces = TraceTable()

    /// A class that is watched: the key is its metadata, or the descriptor of a generic class.
    struct WatchedClass {
        var rule: TrackingRule
        var typeName: String
        /// Whether the class was named, rather than matched by a pattern.
        var isNamed: Bool
    }

    /// Opens a registry.
    ///
    /// - Parameters:
    ///   - deadObjects: Dead objects that are kept.
    ///   - clock: Tells the time of a tick.
    /// - Throws: ``TrackingError/tooManyTrackers(limit:)``; ``TrackingError/forkedProcess``.
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

    /// Records an object that exists; nothing happens where it is tracked already.
    ///
    /// - Parameters:
    ///   - object: The object.
    ///   - rule: The parameters with which it was announced.
    ///   - frame: The `ct_frame` of the function whose caller begins the stack that a rule with `trace` asks for.
    /// - Throws: ``TrackingError`` if the object cannot be recorded.
    func track(_ object: AnyObject, _ rule: TrackingRule, frame: UInt) throws(TrackingError) {
        let number = try number(of: rule)
        let result = withExtendedLifetime(object) {
            ct_track_object(pointer, Unmanaged.passUnretained(object).toOpaque(), number, rule.flags, frame)
        }
        if result != CT_ALREADY { try check(result, Self.name(of: type(of: object))) }
    }

    /// Gives an object another resolution level.
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

    /// The key of an object, unique as long as the registry lives; `nil` where it is not tracked.
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
    ///   - isDescriptor: Which of the two.
    ///   - identity: Tells a descriptor from another one at the same address.
    ///   - typeName: For errors.
    ///   - rule: The name and the parameters.
    ///   - isNamed: Whether somebody asked for this class, rather than for all that match a pattern.
    /// - Returns: Whether the class is still there.
    /// - Throws: ``TrackingError`` where the class cannot be observed.
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

    /// Whether a class was watched at any time, though it may have been detached; `nil` where it cannot be told now.
    func wasWatched(_ description: ClassDescription) -> Bool? {
        let isDecided = ct_class_is_decided(pointer, description.descriptor, description.identity)
        return isDecided < 0 ? nil : isDecided != 0
    }

    /// Ends that for new instances.
    ///
    /// - Returns: False where the class is not watched.
    func unwatch(_ key: UInt) -> Bool {
        guard watched.withLock({ $0.removeValue(forKey: key) }) != nil else { return false }
        return ct_unwatch_class(pointer, key) != 0
    }

    /// The classes that are watched, by key.
    var watchedClasses: [UInt: WatchedClass] { watched.withLock { $0 } }

    /// The keys of the classes that are watched.
    var watchedKeys: [UInt] { watched.withLock { Array($0.keys) } }

    /// The names that watched classes have, whether or not there are instances, each with whether somebody asked for
    /// it.
    var watchedNames: [String: Bool] {
        watched.withLock { watched in
            Dictionary(watched.values.map { ($0.rule.name, $0.isNamed) }, uniquingKeysWith: { $0 || $1 })
        }
    }

    /// Follows deaths of objects that changed their class to this one.
    func follow(_ metadata: UInt) { _ = ct_follow_class(pointer, metadata) }

    // MARK: The end

    /// Ends observation, and lets go of the objects that were kept; what was gathered can still be read.
    func freeze() {
        // Small, because releasing an object runs code of the host's.
        withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer.self, capacity: 256) { kept in
            guard let first = kept.baseAddress else { return }
            while true {
                let count = ct_registry_freeze(pointer, first, kept.count)
                // What a `deinit` of the host's creates is the host's.
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

    /// The kinds met so far; the first is none.
    var kinds: UnsafeBufferPointer<ct_kind> {
        var count = 0
        let first = ct_registry_kinds(pointer, &count)
        return UnsafeBufferPointer(start: first, count: count)
    }

    /// The name of a kind's class without its module.
    ///
    /// Asked for once, at the first snapshot that has the kind. Where the class is gone by then with its library, its
    /// name is
    /// the one that was copied when it was met, without generic arguments.
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
    /// Allocates nothing: it is called in copies of the process, too.
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

    /// Returns how many objects of each of the first kinds were ever announced and have died; takes some microseconds.
    func counts(of kinds: Int) -> [ct_count] {
        [ct_count](unsafeUninitializedCapacity: kinds) { counts, initialized in
            counts.initialize(repeating: ct_count())
            if let first = counts.baseAddress { ct_registry_count(pointer, first, kinds) }
            initialized = kinds
        }
    }

    /// The number of live objects.
    var liveCount: Int {
        // Where births were missed, more may have died than were born.
        max(0, counts(of: kinds.count).reduce(0) { $0 + Int(Int32(bitPattern: $1.born &- $1.died)) })
    }

    /// Seconds since the tracker began of an object's birth.
    func birth(of key: UInt64) -> Double { clock.seconds(at: ct_registry_start(pointer) &+ ct_key_birth(key)) }

    /// Seconds since the tracker began of a dead object's death.
    func death(of dead: ct_dead_object) -> Double {
        clock.seconds(at: ct_registry_start(pointer) &+ ct_key_birth(dead.key) &+ ct_dead_lifetime(dead))
    }

    /// The dead objects that are kept, in no order.
    func deadObjects() -> [ct_dead_object] {
        var dead: [ct_dead_object] = []
        var room = 256
        while true {
            var count = 0
            dead = [ct_dead_object](unsafeUninitializedCapacity: room) { buffer, initialized in
                count = ct_registry_copy_dead(pointer, buffer.baseAddress, room)
                initialized = min(count, room)
            }
            if count <= room { return dead }
            room = count + 64
        }
    }

    /// Bytes of memory in use.
    var bytes: Int { ct_registry_bytes(pointer) + TraceTable.bytes }

    /// Births and deaths that could not be recorded.
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
