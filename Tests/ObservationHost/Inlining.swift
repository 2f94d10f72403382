import ClassTracking

/// What is made in a loop, by an initialiser that the optimiser inlines there.
private final class Made {
    let number: Int

    init(_ number: Int) { self.number = number }
}

@inline(never)
private func makeInLoop(_ count: Int) -> (objects: [AnyObject], line: Int) {
    var objects: [AnyObject] = []
    for number in 0..<count {
        objects.append(Made(number))
    }
    return (objects, #line - 2)
}

/// Whether the line is told that creates an object, even where there is no call left that returns to it.
@MainActor
func inlining(_ tracker: ClassTracker) throws {
    try tracker.trackClass(Made.self, name: "made in a loop", trace: true)
    let made = makeInLoop(3)
    let site = tracker.instantiationSites(of: "made in a loop").first
    let frame = site?.trace?.site
    checks.expect("line in a loop: function", frame?.function?.contains("makeInLoop") == true, "\(site as Any)")
    checks.expect(
        "line in a loop",
        frame?.line == made.line && frame?.file?.hasSuffix("Inlining.swift") == true,
        site?.trace?.description ?? ""
    )
    withExtendedLifetime(made) {}
}
