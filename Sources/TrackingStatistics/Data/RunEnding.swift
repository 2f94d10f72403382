package import TrackingRecords

/// The end of a run, as far as its records and this machine tell.
package enum RunEnding: Sendable, Equatable {
    /// An end was written: the tracker was stopped, or the process ended by itself.
    case inOrder(End.Cause?)
    /// No end was written yet: the process is running.
    case running
    /// No end was written, and another run follows in the same file: the process was killed, crashed or ended by `_exit`.
    case cutOff
    /// No end was written, and nothing tells whether the process is running.
    case unknown
}

extension RunEnding {
    /// Creates a sentence of the end.
    ///
    /// - Parameter latest: The time of the last record, as text.
    /// - Returns: The sentence, without a full stop.
    package func text(latest: String?) -> String {
        let last = latest.map { "; the last record is of \($0)" } ?? ""
        return switch self {
        case .inOrder(.stop): "ended in order: the tracker was stopped"
        case .inOrder(.exit): "ended in order: the process exited"
        case .inOrder(nil): "ended in order"
        case .running: "still running"
        case .cutOff: "no end was written: the process was killed, crashed or ended by _exit\(last)"
        case .unknown: "no end was written: the process was killed, crashed or is still running\(last)"
        }
    }

    /// Indicates whether a person should look at it.
    package var isTrouble: Bool { self == .cutOff || self == .unknown }
}

/// Collects what the records of a run tell about its end, while they are read.
package struct EndingClues {
    /// The latest end.
    private var end: End?
    /// The time of the latest record that has one, in seconds since the tracker began.
    private var latest = -Double.infinity
    /// The time of the same record, in seconds since 1970.
    package private(set) var latestWallTime: Double?
    /// Indicates whether the records have numbers, which those of a dump have not; a dump has no end.
    private var isStream = false
    /// The file with the latest records of the run.
    package var file: FileIdentity?
    /// Indicates whether another run follows in the same file.
    package var isFollowed = false

    package init() {}

    /// Adds a record.
    package mutating func note(_ record: Record) {
        switch record.payload {
        case .header, .object, .trace, .history: return
        // A stop and a start of the same process are one run; files may be read out of order.
        case .end(let end) where end.timestamp >= self.end?.timestamp ?? -.infinity: self.end = end
        default: break
        }
        if record.sequence > 0 { isStream = true }
        guard record.timestamp >= latest else { return }
        latest = record.timestamp
        latestWallTime = record.wallTime
    }

    /// Returns the end of the run; `nil` for a run with a header only, and for a dump of a running process.
    package func ending(of header: Header?) -> RunEnding? {
        if let end, end.timestamp >= latest { return .inOrder(end.cause) }
        guard isStream else { return nil }
        if isFollowed { return .cutOff }
        if let file, FileUse.isLocked(file) { return .running }
        if let header, FileUse.isRunning(header) { return .running }
        return .unknown
    }
}
