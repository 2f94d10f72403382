#if CLI
import ArgumentParser
import ClassTracking

/// Durations of the command line, written as those of a configuration: `1`, `0.5`, `500ms`, `5min`.
enum DurationArgument {
    static func parse(_ text: String, _ range: ClosedRange<Duration>, allowed: String) throws -> Duration {
        guard let duration = ValueText.duration(text), range.contains(duration) else {
            throw ValidationError("use \(allowed)")
        }
        return duration
    }

    /// The time between two samples.
    static func interval(_ text: String) throws -> Duration {
        try parse(text, .milliseconds(1)...(.seconds(86_400)), allowed: "1 ms to 1 day, such as 1, 0.5, 500ms")
    }
}
#endif
