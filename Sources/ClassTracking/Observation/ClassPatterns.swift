import CTrackingRuntime
import Synchronization

/// What became of a pattern when a library was loaded.
struct LateClasses: Sendable {
    /// The pattern.
    let pattern: String
    /// The classes that are tracked now.
    let names: [String]
    /// Why another one is not.
    let failure: TrackingError?
}

/// The patterns that hold for libraries to come.
///
/// A pattern ends with the classes it stands for: when none of the first is tracked any more, or its tracker is gone.
enum ClassPatterns {
    private final class Subscription: Sendable {
        let pattern: ClassPattern
        let rule: TrackingRule
        private weak let tracker: ClassTracker?
        /// The classes that it stood for in the beginning, and all it has met.
        private let first: Set<UInt>
        private let met: Mutex<Set<UInt>>

        init(_ pattern: ClassPattern, _ rule: TrackingRule, _ tracker: ClassTracker, _ known: [UInt]) {
            self.pattern = pattern
            self.rule = rule
            self.tracker = tracker
            first = Set(known)
            met = Mutex(first)
        }

        /// The tracker, if one of the first classes is still tracked by it.
        var holder: ClassTracker? {
            guard let tracker, let watched = tracker.registry?.watchedKeys else { return nil }
            return first.isDisjoint(with: watched) ? nil : tracker
        }

        var isAlive: Bool { holder != nil }

        func isFor(_ other: ClassTracker) -> Bool { tracker === other }

        /// Takes note of a class.
        ///
        /// - Returns: Whether it is a new one.
        func add(_ descriptor: UInt) -> Bool { met.withLock { $0.insert(descriptor).inserted } }
    }

    // Held for moments only, and never while classes are looked up: who loads a library has the loader's lock.
    private static let subscriptions = Mutex<[Subscription]>([])
    private static let listener = Mutex<(@Sendable (ClassTracker, LateClasses) -> Void)?>(nil)

    /// Sets what is told of classes that came late, on the thread that loads their library: it must not wait for others.
    static func onLateClasses(_ body: (@Sendable (ClassTracker, LateClasses) -> Void)?) {
        listener.withLock { $0 = body }
    }

    /// Has a pattern hold for libraries to come; the same pattern once more has the new parameters.
    static func add(
        _ pattern: ClassPattern,
        _ rule: TrackingRule,
        tracker: ClassTracker,
        known: [UInt]
    ) {
        let subscription = Subscription(pattern, rule, tracker, known)
        subscriptions.withLock { list in
            list.removeAll { $0.isFor(tracker) && $0.pattern == pattern }
            list.append(subscription)
        }
        ct_on_image_added { ClassPatterns.applyToNewLibraries() }
    }

    /// Ends all patterns of a tracker.
    static func remove(_ tracker: ClassTracker) {
        subscriptions.withLock { list in
            list.removeAll { $0.isFor(tracker) }
            if list.isEmpty { ct_on_image_added(nil) }
        }
    }

    /// Watches the classes of libraries that came since; on the thread that loads one.
    static func applyToNewLibraries() {
        let all = subscriptions.withLock { $0 }
        guard !all.isEmpty else { return }
        let holders = all.map { ($0, $0.holder) }
        let ended = holders.filter { $0.1 == nil }.map { ObjectIdentifier($0.0) }
        if !ended.isEmpty {
            subscriptions.withLock { list in
                list.removeAll { ended.contains(ObjectIdentifier($0)) }
                if list.isEmpty { ct_on_image_added(nil) }
            }
        }
        guard ended.count < all.count else { return }
        let classes = ClassCatalog.classes()
        for (subscription, holder) in holders {
            guard let holder, let registry = holder.registry else { continue }
            let fresh = classes.filter { subscription.pattern.matches($0) && subscription.add($0.descriptor) }
            guard !fresh.isEmpty else { continue }
            var names: [String] = []
            var failure: TrackingError?
            for description in fresh {
                do {
                    // Allocations are redirected already, because the pattern has a class.
                    try registry.watch(description, subscription.rule)
                    names.append(description.name)
                } catch {
                    failure = error
                }
            }
            guard holder.registry === registry, subscription.isAlive else {
                // Everything was detached meanwhile.
                for description in fresh { _ = registry.unwatch(description.descriptor) }
                continue
            }
            let late = LateClasses(pattern: subscription.pattern.text, names: names.sorted(), failure: failure)
            listener.withLock { $0 }?(holder, late)
        }
    }
}

extension ObjectRegistry {
    /// Watches a class by its descriptor, which is there before the class is used, and is the same for all specialisations.
    func watch(_ description: ClassDescription, _ rule: TrackingRule) throws(TrackingError) {
        var rule = rule
        if rule.name.isEmpty { rule.name = description.name }
        try watch(description.descriptor, isDescriptor: true, typeName: description.name, rule)
    }
}
