import ClassTracking
import TrackingRecords
import TrackingStatistics

enum PatternChecks {
    /// A pattern, and behind a zero a name.
    static func patterns(_ input: UnsafeRawBufferPointer) throws(BrokenPromise) {
        let texts = input.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        let pattern = texts[0]
        let name = texts.count > 1 ? texts[1] : ""
        let isMatch = WildcardPattern(pattern).matches(name)
        try promise(isMatch == matches(Array(pattern), Array(name)), "\(pattern) for \(name): \(isMatch)")
        let isKept = NameFilter(pattern).matches(name)
        let isPlain = !pattern.contains { $0 == "*" || $0 == "?" }
        // Not one text: a letter that combines with the one before it would make another of the star.
        let wanted = isPlain ? matches(["*"] + Array(pattern) + ["*"], Array(name)) : isMatch
        try promise(isKept == wanted, "\(pattern) keeps \(name): \(isKept)")
        guard let tracked = ClassTracker.Configuration.TrackedPattern(pattern) else { return }
        let again = ClassTracker.Configuration.TrackedPattern(tracked.description)
        try promise(again == tracked, "\(tracked) is read as \(again.map(\.description) ?? "nothing")")
    }

    /// By the table of all their beginnings, which cannot be got wrong.
    private static func matches(_ pattern: [Character], _ name: [Character]) -> Bool {
        var row = [true] + Array(repeating: false, count: name.count)
        for letter in pattern {
            var next = [row[0] && letter == "*"]
            for (index, other) in name.enumerated() {
                switch letter {
                case "*": next.append(next[index] || row[index + 1])
                case "?": next.append(row[index])
                default: next.append(row[index] && letter == other)
                }
            }
            row = next
        }
        return row[name.count]
    }
}
