import CTrackingRuntime

extension ClassTracker: PatternOwner {
    /// Tracks the classes whose names match a pattern: all instances that are created from now on, as with
    /// ``trackClass(_:name:resolutionLevel:keep:trace:)``.
    ///
    /// The name of a class includes its module and the enclosing types: `MyApp.Connection`, `MyApp.Outer.Inner`. `*`
    /// matches any letters, `?` one: `MyApp.*`, `*Handler`. A generic class represents all its specializations under
    /// its name without arguments, `MyApp.Box`. Private and local classes have parentheses, `MyApp.(Hidden)`, which may
    /// be omitted. Classes of libraries that are loaded later are tracked as soon as they are loaded, as long as the
    /// tracker tracks a class of the pattern, and a notice in the stream names them. A class need not have been used
    /// yet; the tracker's own classes are excluded.
    ///
    /// - Parameters:
    ///   - pattern: The pattern.
    ///   - name: The common name of all instances; `nil` for the name of each class.
    ///   - resolutionLevel: The number of levels of referents that are sized individually.
    ///   - keep: Whether the tracker retains each instance, until it is detached.
    ///   - trace: Whether the stack that creates an instance is recorded.
    /// - Returns: The names of the classes, sorted.
    /// - Throws: ``TrackingError`` with the code ``TrackingError/Code/noSuchClass`` if no class matches; or an error of
    ///   ``trackClass(_:name:resolutionLevel:keep:trace:)``, in which case no class is changed.
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

    /// Reports in the stream, if there is one, the classes of a library that was loaded.
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
