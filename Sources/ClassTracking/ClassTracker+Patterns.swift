import CTrackingRuntime

extension ClassTracker: PatternOwner {
    /// Tracks the classes whose names match a pattern: all instances that are created from now on, as with
    /// ``trackClass(_:name:resolutionLevel:keep:trace:)``.
    ///
    /// The name of a class has its module and the types around it: `MyApp.Connection`, `MyApp.Outer.Inner`. `*` stands
    /// for
    /// any letters, `?` for one: `MyApp.*`, `*Handler`. A generic class stands for all its specialisations under its
    /// bare
    /// name, `MyApp.Box`; private and local classes have parentheses, `MyApp.(Hidden)`, which may be left out. Classes
    /// of
    /// libraries that are loaded later are tracked from the moment they are loaded, as long as the tracker has a class
    /// of
    /// the pattern, and a notice in the stream names them. Nothing needs to have been used yet; the tracker's own
    /// classes are
    /// left out.
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
        ct_own_objects()
        defer { ct_end_own_objects() }
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
                try watch(description, rule, isNamed: wanted.isName)
            }
        } catch {
            for description in matching {
                if let known = before[description.descriptor] {
                    _ = try? registry?.watch(description, known.rule, isNamed: known.isNamed)
                } else {
                    _ = registry?.unwatch(description.descriptor)
                }
            }
            BirthObservation.release()
            throw error
        }
        ClassPatterns.add(wanted, rule, owner: self, known: matching.map(\.descriptor))
        return Set(matching.map(\.name)).sorted()
    }

    /// Tracks the classes of a configuration.
    ///
    /// - Returns: A sentence for each pattern that cannot be tracked; the service runs without it.
    func track(_ patterns: [Configuration.TrackedPattern]) -> [String] {
        patterns.compactMap { pattern in
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

    /// Tells the stream, if there is one, about the classes of a library that was loaded.
    func tell(_ late: LateClasses) {
        if !late.names.isEmpty { tell(.info, "tracking \(late.names.joined(separator: ", ")), loaded just now") }
        if let failure = late.failure { tell(.warning, "track: \(late.pattern): \(failure)") }
    }

    private func watch(
        _ description: ClassDescription,
        _ rule: TrackingRule,
        isNamed: Bool
    ) throws(TrackingError) {
        var rule = rule
        if rule.name.isEmpty { rule.name = description.name }
        try watch(
            description.descriptor,
            isDescriptor: true,
            identity: description.identity,
            typeName: description.name,
            rule,
            isNamed: isNamed
        )
    }
}
