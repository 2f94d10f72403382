import CTrackingRuntime
import TrackingRecords

/// The classes of a library loaded later that a pattern matches.
struct LateClasses: Sendable {
    /// The pattern.
    let pattern: String
    /// The classes that are tracked now.
    let names: [String]
    /// The reason why another class is not tracked.
    let failure: TrackingError?
}

/// The owner of patterns: a tracker, as the patterns use it.
///
/// A pattern refers to its owner weakly.
protocol PatternOwner: AnyObject, Sendable {
    /// The tracked objects; `nil` before the first one.
    var registry: ObjectRegistry? { get }

    /// Reports in the stream the classes of a library that was loaded; called on the thread of the samples.
    func tell(_ late: LateClasses)
}

/// The patterns that apply to libraries loaded later.
///
/// A pattern ends when none of the classes that it matched at first is tracked any more, or when its owner is
/// deallocated.
enum ClassPatterns {
    private final class Subscription: Sendable {
        let pattern: ClassPattern
        let rule: TrackingRule
        private weak let owner: (any PatternOwner)?
        /// The classes that it matched at first.
        private let first: Set<UInt>

        init(_ pattern: ClassPattern, _ rule: TrackingRule, _ owner: any PatternOwner, _ known: [UInt]) {
            self.pattern = pattern
            self.rule = rule
            self.owner = owner
            first = Set(known)
        }

        /// The owner, if it still tracks one of the first classes.
        var holder: (any PatternOwner)? {
            guard let owner, let watched = owner.registry?.watchedKeys else { return nil }
            return first.isDisjoint(with: watched) ? nil : owner
        }

        var isAlive: Bool { holder != nil }

        func isFor(_ other: any PatternOwner) -> Bool { owner === other }
    }

    private struct State {
        var subscriptions: [Subscription] = []
        /// Changes when a pattern is added.
        var patterns = 0
        /// The libraries to which all patterns have been applied.
        var extent = ClassCatalog.Extent()
    }

    // Held for moments only, and never while classes are listed: a thread that loads a library holds the loader's lock.
    private static let state = OrderedMutex(.classPatterns, State())

    private struct Pending {
        weak let owner: (any PatternOwner)?
        let late: LateClasses
    }

    /// The classes of such libraries that are not reported in the stream yet.
    ///
    /// The thread that loads a library does not report them itself, because it may have a small stack.
    private static let pending = OrderedMutex<[Pending]>(.lateClasses, [])
    private static let maximumPending = 256

    /// Applies a pattern to libraries loaded later.
    ///
    /// Adding the same pattern again replaces its parameters.
    static func add(
        _ pattern: ClassPattern,
        _ rule: TrackingRule,
        owner: any PatternOwner,
        known: [UInt]
    ) {
        let subscription = Subscription(pattern, rule, owner, known)
        state.withLock { state in
            state.subscriptions.removeAll { $0.isFor(owner) && $0.pattern == pattern }
            state.subscriptions.append(subscription)
            // A library may have been loaded since this pattern was applied.
            state.patterns += 1
            state.extent = ClassCatalog.Extent()
        }
        // Applied once beforehand: the runtime creates the needed types at the first use, which takes 13 KiB of stack,
        // and a thread that loads a library may have less.
        applyToNewLibraries()
        note([""], nil, of: subscription, for: owner, isRehearsal: true)
        ct_on_image_added { ClassPatterns.applyToNewLibraries() }
    }

    /// Stores the report of a library; a rehearsal runs the same code, and stores nothing.
    @inline(never)
    private static func note(
        _ names: [String],
        _ failure: TrackingError?,
        of subscription: Subscription,
        for owner: any PatternOwner,
        isRehearsal: Bool = false
    ) {
        let late = LateClasses(pattern: subscription.pattern.text, names: names.sorted(), failure: failure)
        pending.withLock { list in
            guard list.count < maximumPending || isRehearsal else { return }
            list.append(Pending(owner: owner, late: late))
            if isRehearsal { list.removeLast() }
        }
    }

    /// Removes all patterns of an owner.
    static func remove(_ owner: any PatternOwner) {
        // The lock may be held by a thread that does not exist in the child.
        guard ct_tracking_is_forked() == 0 else { return }
        state.withLock { state in
            state.subscriptions.removeAll { $0.isFor(owner) }
            if state.subscriptions.isEmpty { ct_on_image_added(nil) }
        }
    }

    /// Reports classes of libraries loaded later, on the thread of the samples.
    static func tellLateClasses() {
        let all = pending.withLock { list in
            defer { if !list.isEmpty { list = [] } }
            return list
        }
        for entry in all { entry.owner?.tell(entry.late) }
    }

    /// Watches the classes of libraries loaded since; on the thread that loads one.
    static func applyToNewLibraries() {
        let before = state.withLock { $0 }
        let all = before.subscriptions
        guard !all.isEmpty else { return }
        let holders = all.map { ($0, $0.holder) }
        let ended = holders.filter { $0.1 == nil }.map { ObjectIdentifier($0.0) }
        if !ended.isEmpty {
            state.withLock { state in
                state.subscriptions.removeAll { ended.contains(ObjectIdentifier($0)) }
                if state.subscriptions.isEmpty { ct_on_image_added(nil) }
            }
        }
        guard ended.count < all.count else { return }
        var (classes, extent) = ClassCatalog.classes(beyond: before.extent)
        // Collected before any is watched: if several patterns match a class, the last one applies.
        let fresh = holders.map { subscription, holder in
            guard let registry = holder?.registry else {
                if holder != nil { extent = nil }
                return [ClassDescription]()
            }
            return classes.filter { description in
                guard subscription.pattern.matches(description) else { return false }
                let wasWatched = registry.wasWatched(description)
                if wasWatched == nil { extent = nil }
                return wasWatched == false
            }
        }
        for ((subscription, holder), fresh) in zip(holders, fresh) where !fresh.isEmpty {
            guard let holder, let registry = holder.registry else {
                extent = nil
                continue
            }
            var names: [String] = []
            var failure: TrackingError?
            for description in fresh {
                do {
                    // Allocations are redirected already, because the pattern has a class.
                    if try registry.watch(description, subscription.rule, isNamed: subscription.pattern.isName) {
                        names.append(description.name)
                    } else {
                        extent = nil
                    }
                } catch {
                    failure = error
                    extent = nil
                }
            }
            guard holder.registry === registry, subscription.isAlive else {
                // Everything was detached meanwhile.
                for description in fresh { _ = registry.unwatch(description.descriptor) }
                extent = nil
                continue
            }
            note(names, failure, of: subscription, for: holder)
        }
        // Not before all are watched: another thread may have loaded one of these libraries, and continues as soon as
        // it finds no new one. Failed libraries are tried again with the next one.
        guard let extent else { return }
        state.withLock { state in
            if state.patterns == before.patterns, extent.isBeyond(state.extent) { state.extent = extent }
        }
    }
}

extension ObjectRegistry {
    /// Watches a class by its descriptor, which exists before the class is used, and is the same for all
    /// specializations.
    @discardableResult
    func watch(_ description: ClassDescription, _ rule: TrackingRule, isNamed: Bool) throws(TrackingError) -> Bool {
        var rule = rule
        if rule.name.isEmpty { rule.name = description.name }
        return try watch(
            description.descriptor,
            isDescriptor: true,
            identity: description.identity,
            typeName: description.name,
            rule,
            isNamed: isNamed
        )
    }
}
