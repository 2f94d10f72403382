#if CLI
import ArgumentParser
import ClassTracking

/// Parses durations of the command line, which are written as in a configuration: `1`, `0.5`, `500ms`, `5min`.
enum DurationArgument {
    static func parse(_ text: String, _ range: ClosedRange<Duration>, allowed: String) throws -> Duration {
        guard let duration = ValueText.duration(text), range.contains(duration) else {
            throw ValidationError("use \(allowed)")
        }
        return duration
    }

    /// Parses the time between two samples.
    static func interval(_ text: String) throws -> Duration {
        let range = ClassTracker.Configuration.intervals
        return try parse(text, range, allowed: "\(ValueText.prose(range)), such as 1, 0.5, 500ms")
    }
}
#endif
