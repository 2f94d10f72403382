import SystemPackage

/// Why the tracker cannot do what it was asked to.
public enum TrackingError: Error, Equatable, CustomStringConvertible {
    /// The interval between two samples is below a millisecond or above a day.
    case intervalOutOfRange(Duration)
    /// The process was forked from one in which the tracker was in use.
    ///
    /// The tracker's threads do not exist in the child.
    case forkedProcess
    /// The kernel gives the tracker no thread of its own.
    case noThread(errno: Int32)
    /// A value of the configuration is not allowed.
    case invalidValue(key: String, value: String, source: String, allowed: String)
    /// A provider of swift-configuration cannot give a value, or has one of a type that the key does not take; its reason.
    case unreadableValue(key: String, source: String, reason: String, allowed: String)
    /// The configuration has a key that does not exist.
    case unknownKey(key: String, source: String, suggestion: String?)
    /// A line of the configuration file is not `key = value`.
    case malformedLine(path: String, line: Int, text: String)
    /// The configuration file cannot be read.
    case unreadableFile(path: String, reason: String)
    /// The Swift runtime is laid out otherwise than this library knows it; the reason says what is different.
    case unsupportedRuntime(String)
    /// Births cannot be observed in this process; the reason says why, and what helps.
    case unobservable(String)
    /// The metadata of a class cannot be written, so that the death of its instances would not be seen.
    case unwritableClass(String)
    /// No class has such a name; those that come nearest to it.
    case noSuchClass(pattern: String, nearest: [String])
    /// The value is not an instance of a class but was put into a box to be passed.
    case notAnInstance(String)
    /// The object is not tracked; the name of its class.
    case notTracked(String)
    /// The class is not tracked.
    case notWatched(String)
    /// A trace was asked for an object that exists already.
    case traceOfObject
    /// A resolution level is negative or above 32.
    case resolutionLevelOutOfRange(Int)
    /// The tracker has more different names and parameters than it can tell apart.
    case tooManyNames(limit: Int)
    /// The process has as many trackers with tracked objects as it can have.
    case tooManyTrackers(limit: Int)
    /// The kernel gives no more memory.
    case outOfMemory
    /// The tracker was closed.
    case closed

    /// One sentence that names the key, its source and the remedy.
    public var description: String {
        switch self {
        case .intervalOutOfRange(let interval):
            "interval: \(interval) is not allowed: use 1 ms to 1 day."
        case .forkedProcess:
            "This process was forked from one that uses the tracker, whose threads it does not have. "
                + "Start the tracker after the fork, or let the child exec."
        case .noThread(let errno):
            "No thread could be started for the tracker (\(Errno(rawValue: errno))): raise TasksMax= or the limit of processes "
                + "(ulimit -u), or allow clone where system calls are filtered, and start it again."
        case .invalidValue(let key, let value, let source, let allowed):
            "\(source): \(key): \"\(value)\" is not allowed: use \(allowed)."
        case .unreadableValue(let key, let source, let reason, let allowed):
            "\(source): \(key): what stands there cannot be read, use \(allowed): \(reason)"
        case .unknownKey(let key, let source, let suggestion):
            "\(source): there is no key \"\(key)\"" + (suggestion.map { "; did you mean \"\($0)\"?" } ?? ".")
        case .malformedLine(let path, let line, let text):
            "\(path):\(line): \"\(text)\" is not of the form \"key = value\"."
        case .unreadableFile(let path, let reason):
            "\(path): the configuration cannot be read: \(reason)."
        case .unsupportedRuntime(let reason): "Objects cannot be tracked with this Swift runtime: \(reason)"
        case .unobservable(let reason): "Classes cannot be tracked in this process: \(reason)."
        case .unwritableClass(let name):
            "\(name): its metadata is read-only, so that the death of instances would not be seen; "
                + "track a subclass, or the objects that hold the instances."
        case .noSuchClass(let pattern, let nearest):
            "No class matches \"\(pattern)\""
                + (nearest.isEmpty
                    ? "; give its module and name, as in \"MyApp.Connection\" or \"MyApp.*\"."
                    : "; did you mean \(nearest.map { "\"\($0)\"" }.joined(separator: ", "))?")
        case .notAnInstance(let type):
            "A value of \(type) was boxed to be passed as an object, and the box goes away at once: "
                + "track the object that holds the value."
        case .notTracked(let name): "This instance of \(name) is not tracked: call trackObject or trackClass first."
        case .notWatched(let name): "\(name) is not tracked: trackClass was not called for it, or it was detached."
        case .traceOfObject:
            "Where an object was created is recorded at that moment only: track its class with trace: true before."
        case .resolutionLevelOutOfRange(let level):
            "resolutionLevel: \(level) is not allowed: use 0 to \(ClassTracker.maximumResolutionLevel)."
        case .tooManyNames(let limit):
            "More than \(limit) different names and parameters: track objects under the name of their class."
        case .tooManyTrackers(let limit):
            "More than \(limit) trackers have tracked objects: close those that are not needed, or share one."
        case .outOfMemory: "The kernel gives no more memory: the object was not tracked."
        case .closed: "The tracker was closed: make another one."
        }
    }
}
