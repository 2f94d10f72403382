import SystemPackage

/// An error of the tracker, with its reason.
///
/// ``code`` groups errors by what a caller can do; ``description`` is one sentence with the details and the remedy. Later
/// versions may add codes, so a `switch` over them needs a `default`:
///
/// ```swift
/// do throws(TrackingError) {
///     try tracker.createSnapshot()
/// } catch where error.code == .snapshotInFlight {
///     // try again later
/// } catch {
///     logger.warning("\(error)")
/// }
/// ```
public struct TrackingError: Error, Equatable, CustomStringConvertible {
    /// The kind of an error.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name of the kind, such as `snapshotInFlight`.
        public let description: String
    }

    /// An error with its details.
    package enum Problem: Equatable {
        case intervalOutOfRange(Duration)
        case forkedProcess
        case noThread(errno: Int32)
        case invalidValue(key: String, value: String, source: String, allowed: String)
        case unreadableValue(key: String, source: String, reason: String, allowed: String)
        case unknownKey(key: String, source: String, suggestion: String?)
        case malformedLine(path: String, line: Int, text: String)
        case unreadableFile(path: String, reason: String)
        case unsupportedRuntime(String)
        case unobservable(String)
        case unwritableClass(String)
        case noSuchClass(pattern: String, nearest: [String])
        case notAnInstance(String)
        case notTracked(String)
        case notWatched(String)
        case resolutionLevelOutOfRange(Int)
        case tooManyNames(limit: Int)
        case tooManyTrackers(limit: Int)
        case outOfMemory
        case snapshotInFlight
        case closed
    }

    /// The details.
    package let problem: Problem

    private init(_ problem: Problem) { self.problem = problem }

    /// The kind of the error.
    public var code: Code {
        switch problem {
        case .intervalOutOfRange, .notAnInstance, .resolutionLevelOutOfRange: .invalidArgument
        case .invalidValue, .unreadableValue, .unknownKey, .malformedLine, .unreadableFile: .invalidConfiguration
        case .unsupportedRuntime, .unobservable, .unwritableClass: .unobservable
        case .noSuchClass: .noSuchClass
        case .notTracked, .notWatched: .notTracked
        case .noThread, .outOfMemory, .tooManyNames, .tooManyTrackers: .limitReached
        case .forkedProcess: .forkedProcess
        case .snapshotInFlight: .snapshotInFlight
        case .closed: .closed
        }
    }

    /// Indicates whether a caught error is an expected one, for `catch TrackingError.closed`.
    ///
    /// - Parameters:
    ///   - expected: The expected error.
    ///   - caught: The caught error.
    /// - Returns: Whether both are equal.
    public static func ~= (expected: TrackingError, caught: any Error) -> Bool { caught as? TrackingError == expected }
}

extension TrackingError.Code {
    /// An argument is not allowed: an interval or a resolution level out of range, or a value that is no instance of a class.
    public static let invalidArgument = Self(description: "invalidArgument")
    /// The configuration has an unknown key, a value that is not allowed, or a file or provider that cannot be read.
    public static let invalidConfiguration = Self(description: "invalidConfiguration")
    /// The class, or any class in this process, cannot be tracked: the Swift runtime is unknown, its allocations cannot be
    /// observed, or the metadata of the class is read-only.
    public static let unobservable = Self(description: "unobservable")
    /// No class matches the pattern.
    public static let noSuchClass = Self(description: "noSuchClass")
    /// The object or the class is not tracked.
    public static let notTracked = Self(description: "notTracked")
    /// The kernel gives no thread or no memory, or the tracker has as many names as it can tell apart, or the process as many
    /// trackers as it can have.
    public static let limitReached = Self(description: "limitReached")
    /// The process was forked from one in which the tracker was in use, and does not have the tracker's threads.
    public static let forkedProcess = Self(description: "forkedProcess")
    /// No snapshot was taken, because other snapshots were being taken for as long as a caller waits.
    ///
    /// A later call may succeed.
    public static let snapshotInFlight = Self(description: "snapshotInFlight")
    /// The tracker was closed.
    public static let closed = Self(description: "closed")
}

extension TrackingError {
    /// The interval between two samples is below a millisecond or above a day.
    public static func intervalOutOfRange(_ interval: Duration) -> Self { Self(.intervalOutOfRange(interval)) }

    /// The process was forked from one in which the tracker was in use.
    ///
    /// The tracker's threads do not exist in the child.
    public static var forkedProcess: Self { Self(.forkedProcess) }

    /// The kernel refuses to create a thread for the tracker.
    public static func noThread(errno: Int32) -> Self { Self(.noThread(errno: errno)) }

    /// A value of the configuration is not allowed.
    public static func invalidValue(key: String, value: String, source: String, allowed: String) -> Self {
        Self(.invalidValue(key: key, value: value, source: source, allowed: allowed))
    }

    /// A provider of swift-configuration cannot give a value, or has one of a type that the key does not accept; with
    /// its reason.
    public static func unreadableValue(key: String, source: String, reason: String, allowed: String) -> Self {
        Self(.unreadableValue(key: key, source: source, reason: reason, allowed: allowed))
    }

    /// The configuration has a key that does not exist.
    public static func unknownKey(key: String, source: String, suggestion: String?) -> Self {
        Self(.unknownKey(key: key, source: source, suggestion: suggestion))
    }

    /// A line of the configuration file is not `key = value`.
    public static func malformedLine(path: String, line: Int, text: String) -> Self {
        Self(.malformedLine(path: path, line: line, text: text))
    }

    /// The configuration file cannot be read.
    public static func unreadableFile(path: String, reason: String) -> Self {
        Self(.unreadableFile(path: path, reason: reason))
    }

    /// The Swift runtime does not have the layout that this library knows; the reason names the difference.
    public static func unsupportedRuntime(_ subject: String) -> Self { Self(.unsupportedRuntime(subject)) }

    /// Births cannot be observed in this process; the reason includes a remedy.
    public static func unobservable(_ subject: String) -> Self { Self(.unobservable(subject)) }

    /// The metadata of a class cannot be written, so that deaths of its instances would not be observed.
    public static func unwritableClass(_ subject: String) -> Self { Self(.unwritableClass(subject)) }

    /// No class has such a name; with the most similar names.
    public static func noSuchClass(pattern: String, nearest: [String]) -> Self {
        Self(.noSuchClass(pattern: pattern, nearest: nearest))
    }

    /// The value is not an instance of a class but was put into a box to be passed.
    public static func notAnInstance(_ subject: String) -> Self { Self(.notAnInstance(subject)) }

    /// The object is not tracked; with the name of its class.
    public static func notTracked(_ subject: String) -> Self { Self(.notTracked(subject)) }

    /// The class is not tracked.
    public static func notWatched(_ subject: String) -> Self { Self(.notWatched(subject)) }

    /// A resolution level is negative or above 32.
    public static func resolutionLevelOutOfRange(_ level: Int) -> Self { Self(.resolutionLevelOutOfRange(level)) }

    /// The tracker has too many different names and parameters.
    public static func tooManyNames(limit: Int) -> Self { Self(.tooManyNames(limit: limit)) }

    /// The process has the largest number of trackers with tracked objects.
    public static func tooManyTrackers(limit: Int) -> Self { Self(.tooManyTrackers(limit: limit)) }

    /// The kernel gives no more memory.
    public static var outOfMemory: Self { Self(.outOfMemory) }

    /// No snapshot was taken, because others were in progress during the longest wait.
    public static var snapshotInFlight: Self { Self(.snapshotInFlight) }

    /// The tracker was closed.
    public static var closed: Self { Self(.closed) }
}

extension TrackingError {
    /// One sentence that names the key, its source and the remedy.
    public var description: String {
        switch problem {
        case .intervalOutOfRange(let interval):
            "interval: \(interval) is not allowed: use \(ValueText.prose(ClassTracker.Configuration.intervals))."
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
        case .resolutionLevelOutOfRange(let level):
            "resolutionLevel: \(level) is not allowed: use 0 to \(TrackingRule.resolutionLevels.upperBound)."
        case .tooManyNames(let limit):
            "More than \(limit) different names and parameters: track objects under the name of their class."
        case .tooManyTrackers(let limit):
            "More than \(limit) trackers have tracked objects: close those that are not needed, or share one."
        case .outOfMemory: "The kernel gives no more memory: the object was not tracked."
        case .snapshotInFlight:
            "No snapshot was taken: another one has been in flight for ten seconds. Ask again later, or track fewer objects."
        case .closed: "The tracker was closed: make another one."
        }
    }
}
