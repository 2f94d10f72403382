/// Why the tracker cannot do what it was asked to.
public enum TrackingError: Error, Equatable, CustomStringConvertible {
    /// The interval between two samples is below a millisecond or above a day.
    case intervalOutOfRange(Duration)
    /// The process was forked from one in which the tracker was in use.
    ///
    /// Dispatch's threads do not exist in the child, its timers never fire there.
    case forkedProcess
    /// A value of the configuration is not allowed.
    case invalidValue(key: String, value: String, source: String, allowed: String)
    /// The configuration has a key that does not exist.
    case unknownKey(key: String, source: String, suggestion: String?)
    /// A line of the configuration file is not `key = value`.
    case malformedLine(path: String, line: Int, text: String)
    /// The configuration file cannot be read.
    case unreadableFile(path: String, reason: String)

    /// One sentence that names the key, its source and the remedy.
    public var description: String {
        switch self {
        case .intervalOutOfRange(let interval):
            "interval: \(interval) is not allowed: use 1 ms to 1 day."
        case .forkedProcess:
            "This process was forked from one that uses the tracker, and Dispatch does not work in it. "
                + "Start the tracker after the fork, or let the child exec."
        case .invalidValue(let key, let value, let source, let allowed):
            "\(source): \(key): \"\(value)\" is not allowed: use \(allowed)."
        case .unknownKey(let key, let source, let suggestion):
            "\(source): there is no key \"\(key)\"" + (suggestion.map { "; did you mean \"\($0)\"?" } ?? ".")
        case .malformedLine(let path, let line, let text):
            "\(path): line \(line): \"\(text)\" is not of the form \"key = value\"."
        case .unreadableFile(let path, let reason):
            "\(path): the configuration cannot be read: \(reason)."
        }
    }
}
