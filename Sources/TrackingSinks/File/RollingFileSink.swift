import Synchronization
import SystemPackage
public import TrackingRecords

/// Writes records to a file as JSON Lines, rotates it by size, and keeps within its disk space under all circumstances.
///
/// It guarantees:
///
/// 1. **Whole lines.** A record is one line of at most 4096 bytes of ASCII, written by one `write` to a descriptor in
///    append mode. Sequence numbers have no gap; lost records are reported by a ``Drop`` before the next record.
/// 2. **Crashes.** A process that is killed at any instruction leaves at most one incomplete line. The next run ends
///    that line with a newline and truncates nothing, because programs that follow the file store offsets.
/// 3. **Power loss** loses at most `syncInterval` of records. The sink's thread syncs. After a failed sync the file is
///    opened again, because the kernel reports such an error once only.
/// 4. **Bounded disk space.** No file is larger than `maximumBytes`; all files together, including those of earlier
///    runs, are not larger than `maximumBytes × (keep + 1)`. Only regular files of the process's user with the exact name
///    of a rotated file are removed.
/// 5. **Rotation is one rename** that never replaces a file; if the process is killed at any step, each record is in
///    exactly one file.
/// 6. **A full disk, a file size limit or an error** drops and counts records; the sink tries again after 1 s to 60 s.
///    SIGXFSZ is blocked on the sink's thread, so that a size limit does not end the host.
/// 7. **Rotation by others** is noticed within a second of the next record: a moved or removed file is created again.
///    After `copytruncate`, writing continues; lines written between copy and truncation are lost.
/// 8. **Safe paths.** The sink never writes to a symbolic link, FIFO, device, file of another user or file with a
///    second name, nor into a directory that others can write to.
/// 9. **One writer a file.** A second process finds the file locked and writes `NAME.<pid>.jsonl` in the same
///    directory, which the next run adds to the rotated files. A forked child writes nothing.
/// 10. **The host's descriptors are not used.** If the host has closed the sink's descriptor (`closefrom`) and opened
///    another file at its number, that file is not written, unlocked or closed. The sink opens its file again, and reports
///    it once by a notice.
public final class RollingFileSink: RecordSink {
    /// The name `file`.
    public let name = "file"

    private let writer: Mutex<RollingFileWriter>
    private let known: Mutex<SinkStatus>

    /// Creates a sink; nothing is opened before the first record.
    ///
    /// If the path cannot be used, ``status`` reports it.
    ///
    /// - Parameter configuration: The path of the file, and the disk space that it may use.
    public convenience init(_ configuration: RollingFileConfiguration) {
        self.init(configuration, retry: .seconds(1)...(.seconds(60)))
    }

    package init(
        _ configuration: RollingFileConfiguration,
        retry: ClosedRange<Duration>,
        clock: @escaping MonotonicClock = monotonicNanoseconds
    ) {
        let status = SinkStatus(name: name, destination: configuration.path.string)
        writer = Mutex(RollingFileWriter(configuration, SinkBook(status, retry: retry, clock: clock), clock: clock))
        known = Mutex(status)
    }

    /// Checks whether the file can be written now, by opening and closing it.
    ///
    /// - Parameter configuration: The path of the file, and the disk space that it may use.
    /// - Throws: The reason why records would not arrive.
    package static func probe(_ configuration: RollingFileConfiguration) throws(FileSinkError) {
        let directory = try SafeDirectory(for: configuration.path)
        _ = try directory.openForAppending(configuration.path.lastComponent?.string ?? "")
    }

    /// The status of the file; the destination is the path that is really written.
    ///
    /// While a slow disk blocks the sink's thread, this is the last known status, so that the caller does not wait.
    public var status: SinkStatus {
        if let status = writer.withLockIfAvailable({ $0.book.status }) { known.withLock { $0 = status } }
        return known.withLock { $0 }
    }

    /// Writes a record.
    public func receive(_ record: Record) { writer.withLock { $0.receive(record) } }

    /// Syncs when due and removes old files.
    public func maintain() { writer.withLock { $0.maintain() } }

    /// Syncs the file.
    package func flush() { writer.withLock { $0.sync() } }

    /// Syncs and closes the file, and releases its lock.
    public func close() { writer.withLock { $0.close() } }

    /// Returns a notice that the file fails, that it works again, or that another process had it open.
    public func takeNotice() -> SinkNotice? { writer.withLock { $0.book.takeNotice() } }
}
