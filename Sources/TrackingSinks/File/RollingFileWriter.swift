import CTrackingRuntime
import Glibc
import SystemPackage
import TrackingRecords

/// The state of `RollingFileSink`: the open file, the lost records, and the time of the next attempt.
struct RollingFileWriter: ~Copyable {
    /// The time between two comparisons of the path with the open file, in nanoseconds.
    private static let checkInterval: UInt64 = 900_000_000
    private static let ageInterval: UInt64 = 3_600_000_000_000

    private static let newline = StaticString("\n")

    let configuration: RollingFileConfiguration
    /// The largest size of the file: the configuration's, or less if `RLIMIT_FSIZE` demands it.
    private(set) var maximumBytes: Int
    let process = ct_process_id()
    var name: RollingFileName
    /// The name that is really written: that of the configuration, or one with the process identifier.
    var activeName: String
    var directory: SafeDirectory?
    var file: SafeDirectory.OpenFile?
    var book: SinkBook
    var lostRecords = LostRecords()
    private var header = Record(.header(Header(program: "", processID: 0, startTime: 0, interval: 0, swiftVersion: "")))
    private var line = FieldWriter(style: .json)
    private var aside = FieldWriter(style: .json)
    private let clock: MonotonicClock
    private var isTorn = false
    private var isUnsynced = false
    private var lastCheck: UInt64 = 0
    private var lastSync: UInt64 = 0
    private var lastAged: UInt64 = 0
    private var isClosed = false
    private var latestTime = 0.0

    init(_ configuration: RollingFileConfiguration, _ book: SinkBook, clock: @escaping MonotonicClock) {
        var configuration = configuration
        // A smaller file cannot hold a header, a drop and a record; a larger number would overflow in a product.
        let smallest = RollingFileConfiguration.minimumBytes
        configuration.maximumBytes = min(max(configuration.maximumBytes, smallest), 1 << 50)
        configuration.keep = min(max(configuration.keep, 1), 1 << 12)
        configuration.path = Self.absolute(configuration.path)
        self.configuration = configuration
        self.book = book
        self.clock = clock
        maximumBytes = configuration.maximumBytes
        activeName = configuration.path.lastComponent?.string ?? ""
        name = RollingFileName(active: activeName)
    }

    /// Returns the absolute path, because a host that daemonizes changes its working directory.
    private static func absolute(_ path: FilePath) -> FilePath {
        guard path.isRelative, let current = getcwd(nil, 0) else { return path }
        defer { free(current) }
        return FilePath(String(cString: current)).pushing(path)
    }

    // MARK: Calls of the sink

    mutating func receive(_ record: Record) {
        // A forked child shares the descriptor with its parent, so it must not write.
        guard ct_process_id() == process, !isClosed else { return }
        // The record of an object has no wall time of its own.
        if record.wallTime > 0 { latestTime = record.wallTime }
        if case .header = record.payload {
            header = record
            header.sequence = 0
            // Opening writes the header; an open file receives it when the interval has changed.
            guard file != nil else { return }
        }
        let now = clock()
        // The end is the last chance to report lost records.
        guard book.canTry(at: now) || record.kind == .end else {
            lose(record)
            return
        }
        do throws(FileSinkError) {
            do throws(FileSinkError) {
                try write(record, now)
            } catch {
                guard forgetClosedDescriptors() else { throw error }
                try write(record, now)
            }
            book.delivered { "\($0): is written again" }
        } catch {
            failed(error)
            lose(record)
        }
    }

    private mutating func write(_ record: Record, _ now: UInt64) throws(FileSinkError) {
        try prepare(now)
        record.write(to: &line)
        try rotateIfFull(for: line.count + reportSize(before: record))
        try reportLostRecords(before: record)
        try append(line.bytes)
    }

    mutating func maintain() {
        guard ct_process_id() == process, !isClosed, file != nil else { return }
        let now = clock()
        let interval = configuration.syncInterval.nanoseconds
        if isUnsynced, interval > 0, now - lastSync >= interval { sync() }
        if configuration.maximumAge != nil, now - lastAged >= Self.ageInterval {
            lastAged = now
            do throws(FileSinkError) {
                try prune(keeping: configuration.keep)
            } catch {
                if !forgetClosedDescriptors() { failed(error) }
            }
        }
    }

    mutating func sync() {
        guard ct_process_id() == process, file != nil, isUnsynced else { return }
        lastSync = clock()
        isUnsynced = false
        do throws(Errno) {
            try file?.descriptor.sync()
        } catch {
            if forgetClosedDescriptors() { return }
            // The kernel marks the pages as clean now, whether they were written or not: only a new descriptor can be
            // trusted.
            failed(.failed(operation: "syncing", path: activePath, errno: error))
            file = nil
        }
    }

    mutating func close() {
        guard !isClosed else { return }
        sync()
        isClosed = true
        file = nil
        directory = nil
    }

    // MARK: Writing

    var activePath: String { configuration.path.removingLastComponent().appending(activeName).string }

    /// Makes sure that an open file is still the one at the path.
    private mutating func prepare(_ now: UInt64) throws(FileSinkError) {
        if file != nil, now - lastCheck >= Self.checkInterval {
            lastCheck = now
            check()
        }
        if file == nil {
            lastCheck = now
            try open()
        }
    }

    /// Detects that the file or its directory was moved or removed.
    private mutating func check() {
        guard file != nil else { return }
        guard let isDirectoryCurrent = directory?.isCurrent, isDirectoryCurrent else {
            file = nil
            directory = nil
            return
        }
        if directory?.identity(of: activeName) != file?.identity { file = nil }
    }

    /// Continues with a file that another program has truncated.
    ///
    /// - Returns: Whether it was truncated.
    private mutating func noticeCut() throws(FileSinkError) -> Bool {
        guard let size = file?.size else { return false }
        do throws(Errno) {
            try file?.measure()
        } catch {
            throw .failed(operation: "measuring", path: activePath, errno: error)
        }
        guard let now = file?.size, now < size else { return false }
        // Truncated within a line, or emptied while an incomplete line waited for its newline.
        isTorn = file?.isTorn ?? false
        if now == 0 { try appendHeader() }
        return true
    }

    /// Forgets descriptors that the host has closed, because their numbers are now the host's.
    ///
    /// - Returns: Whether there were any.
    private mutating func forgetClosedDescriptors() -> Bool {
        let isFileOurs = file?.descriptor.isOurs ?? true
        let isDirectoryOurs = directory?.isOurs ?? true
        if isFileOurs, isDirectoryOurs { return false }
        if !isDirectoryOurs { directory = nil }
        if !isFileOurs { file = nil }
        book.closedByHost(activePath, "this file's")
        return true
    }

    private mutating func rotateIfFull(for count: Int) throws(FileSinkError) {
        // A truncated file has space again.
        guard let size = file?.size, size + count > maximumBytes, try !noticeCut() else { return }
        try rotate()
        try open()
    }

    /// Returns the bytes to write before a record: a newline after an incomplete line, and the record of lost records.
    private mutating func reportSize(before record: Record) -> Int {
        guard lostRecords.count > 0 else { return isTorn ? 1 : 0 }
        lostRecords.drop(sink: book.status.name, before: record, wallTime: latestTime).write(to: &aside)
        return aside.count + (isTorn ? 1 : 0)
    }

    private mutating func reportLostRecords(before record: Record) throws(FileSinkError) {
        guard lostRecords.count > 0 else { return }
        lostRecords.drop(sink: book.status.name, before: record, wallTime: latestTime).write(to: &aside)
        try append(aside.bytes)
        lostRecords = LostRecords()
    }

    mutating func appendHeader() throws(FileSinkError) {
        header.write(to: &aside)
        do throws(FileSinkError) {
            try append(aside.bytes)
        } catch {
            // Otherwise the next record would go into a file without a header, which no reader accepts.
            file = nil
            throw error
        }
    }

    /// Writes a line, after a newline if the file ends in an incomplete line.
    private mutating func append(_ bytes: UnsafeRawBufferPointer) throws(FileSinkError) {
        try endTornLine()
        // Bounded, in case another program truncates the file again and again.
        for _ in 0..<4 {
            if try write(bytes) { return }
            try endTornLine()
        }
        throw .failed(operation: "writing", path: activePath, errno: .resourceTemporarilyUnavailable)
    }

    private mutating func endTornLine() throws(FileSinkError) {
        while isTorn {
            if try write(UnsafeRawBufferPointer(start: Self.newline.utf8Start, count: 1)) { isTorn = false }
        }
    }

    /// Ends an incomplete line before rotation; on a full disk it stays incomplete, because the rotation frees space.
    mutating func seal() {
        guard isTorn, let size = file?.size, size < maximumBytes else { return }
        try? endTornLine()
    }

    /// Writes bytes at the end of the file.
    ///
    /// - Returns: `false`, and nothing is written, if another program has truncated the file: the caller may try again.
    private mutating func write(_ bytes: UnsafeRawBufferPointer) throws(FileSinkError) -> Bool {
        var written = 0
        while written < bytes.count, let size = file?.size {
            do throws(Errno) {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
                let count = try file?.descriptor.append(rest, least: size) ?? 0
                guard count > 0 else { throw .ioError }
                written += count
                file?.size += count
                isUnsynced = true
            } catch .interrupted {
            } catch {
                isTorn = isTorn || written > 0
                if error == .staleNFSFileHandle, try noticeCut() { return false }
                throw .failed(operation: "writing", path: activePath, errno: error)
            }
        }
        return true
    }

    mutating func opened(isTorn: Bool) {
        self.isTorn = isTorn
        // Beyond this limit the kernel sends SIGXFSZ and writes nothing, so rotate before it.
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 {
            maximumBytes = Int(min(UInt(configuration.maximumBytes), limit.rlim_cur))
        }
        lastSync = clock()
    }

    var rotationTime: Double { latestTime }

    // MARK: Bookkeeping

    private mutating func failed(_ error: FileSinkError) {
        let reason = error.description
        book.failed(reason, book.status.condition == .idle ? .error : .warning, message: reason)
    }

    private mutating func lose(_ record: Record) {
        guard record.sequence > 0 else {
            // The queue's own loss: its record has no number, but the records that it counts are missing here too.
            if case .drop(let drop) = record.payload { lostRecords.add(drop) }
            return
        }
        book.lost()
        guard let reason = book.failure else { return }
        lostRecords.add(record, reason: reason)
    }
}
