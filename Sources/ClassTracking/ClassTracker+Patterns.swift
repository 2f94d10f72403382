import CTrackingRuntime
import Synchronization

extension ClassTracker {
    /// Tracks the classes whose names match a pattern: all instances that are created from now on, as with
    /// ``trackClass(_:name:resolutionLevel:keep:trace:)``.
    ///
    /// The name of a class has its module and the types around it: `MyApp.Connection`, `MyApp.Outer.Inner`. `*` stands for
    /// any letters, `?` for one: `MyApp.*`, `*Handler`. A generic class stands for all its specialisations under its bare
    /// name, `MyApp.Box`; private and local classes have parentheses, `MyApp.(Hidden)`, which may be left out. Classes of
    /// libraries that are loaded later are tracked from the moment they are loaded, as long as the tracker has a class of
    /// the pattern. Nothing needs to have been used yet; the tracker's own classes are left out.
    ///
    /// - Parameters:
    ///   - pattern: The pattern.
    ///   - name: What instances stand under, all together; the name of each class where that is `nil`.
    ///   - resolutionLevel: How many levels of referents are sized one by one.
    ///   - keep: Whether the tracker retains each instance, until it is detached.
    ///   - trace: Whether the stack is recorded on which an instance is created.
    /// - Returns: The names of the classes, sorted.
    /// - Throws: ``TrackingError/noSuchClass(pattern:nearest:)`` where no class matches; else what
    ///   ``trackClass(_:name:resolutionLevel:keep:trace:)`` throws, and then all classes are as before.
    @discardableResult
    public func trackClasses(
        matching pattern: String,
        name: String? = nil,
        resolutionLevel: Int = 0,
        keep: Bool = false,
        trace: Bool = false
    ) throws(TrackingError) -> [String] {
        let level = try Self.checked(resolutionLevel)
        let wanted = ClassPattern(text: pattern)
        let classes = ClassCatalog.classes()
        let matching = classes.filter(wanted.matches)
        guard !matching.isEmpty else {
            throw .noSuchClass(pattern: pattern, nearest: wanted.nearest(among: classes))
        }
        let rule = TrackingRule(name: name ?? "", resolutionLevel: level, keep: keep, trace: trace)
        let before = registry?.watchedClasses ?? [:]
        do {
            for description in matching {
                try watch(description, rule)
            }
        } catch {
            for key in matching.map(\.descriptor) {
                if let known = before[key] {
                    try? registry?.watch(key, isDescriptor: true, typeName: known.typeName, known.rule)
                } else {
                    _ = registry?.unwatch(key)
                }
            }
            Observatory.release()
            throw error
        }
        ClassPatterns.add(wanted, rule, tracker: self, known: matching.map(\.descriptor))
        return Set(matching.map(\.name)).sorted()
    }

    /// Tracks the classes of a configuration.
    ///
    /// - Returns: Why those are not tracked that are not: the service goes on without.
    func track(_ patterns: [Configuration.TrackedPattern]) -> [String] {
        guard !patterns.isEmpty else { return [] }
        ClassPatterns.onLateClasses { tracker, late in
            if !late.names.isEmpty {
                tracker.tell(.info, "tracking \(late.names.joined(separator: ", ")), loaded just now")
            }
            if let failure = late.failure { tracker.tell(.warning, "track: \(late.pattern): \(failure)") }
        }
        return patterns.compactMap { pattern in
            do throws(TrackingError) {
                try trackClasses(
                    matching: pattern.pattern,
                    name: pattern.name,
                    resolutionLevel: pattern.resolutionLevel,
                    keep: pattern.keep,
                    trace: pattern.trace
                )
                return nil
            } catch {
                return "track: \(error)"
            }
        }
    }

    private func watch(_ description: ClassDescription, _ rule: TrackingRule) throws(TrackingError) {
        var rule = rule
        if rule.name.isEmpty { rule.name = description.name }
        try watch(description.descriptor, isDescriptor: true, typeName: description.name, rule)
    }
}
