import Synchronization
import SystemPackage
public import TrackingRecords

/// Writes records to a file as JSON Lines, rotates it by size, and keeps within its bound whatever happens.
///
/// What it promises:
///
/// 1. **Whole lines.** A record is one line of at most 4096 bytes of ASCII, written by one `write` to a descriptor in append
///    mode. Sequence numbers are dense; a gap is told by a ``Drop`` before the next record.
/// 2. **Crashes.** A process that is killed at any instruction leaves at most one incomplete line. The next run
///    ends that line with a newline and cuts nothing off, because whoever follows the file holds offsets.
/// 3. **Power loss** takes at most `syncInterval` of records. Syncing happens on the sink's thread. After a failed sync the
///    file is opened anew, because the kernel forgets such an error once it has told it.
/// 4. **Bounded disk.** No file is larger than `maximumBytes`; all files, those of earlier runs included, not larger than
///    `maximumBytes × (keep + 1)`. Only regular files of our own user whose name is exactly that of a rotated file are removed.
/// 5. **Rotation is one rename** that never replaces a file; killed at any step, each record is in exactly one file.
/// 6. **A full disk, a file size limit or an error** drops records, counts them, and is tried again after 1 s to 60 s.
///    SIGXFSZ is blocked on the sink's thread, so that a size limit does not kill the host.
/// 7. **Rotation by others** is noticed within a second of the next record: a moved or removed file is made anew. A file
///    that was cut off (`copytruncate`) is gone on with; what was written between copy and cut is lost to it.
/// 8. **Safe paths.** No symbolic link, FIFO, device, file of another user or file with a second name is written to, nor a
///    directory that others can write to.
/// 9. **One writer a file.** A second process finds the file locked and writes `NAME.<pid>.jsonl` beside it, which is rotated
///    into the same pool by the next run. A forked child writes nothing.
/// 10. **The host's descriptors are not touched.** Where the host has closed ours (`closefrom`) and has something of its own at
///    the number, that is not written to, unlocked or closed. The file is opened again, and a notice tells so once.
public final class RollingFileSink: RecordSink {
    /// `file`.
    public let name = "file"

    private let writer: Mutex<RollingFileWriter>
    private let known: Mutex<SinkStatus>

    /// Makes a sink; nothing is opened before the first record.
    ///
    /// A path that does not work then shows in ``status``.
    ///
    /// - Parameter configuration: Where the file is and how much of the disk it may take.
    public convenience init(_ configuration: RollingFileConfiguration) {
        self.init(configuration, retry: .seconds(1)...(.seconds(60)))
    }

    package init(
        _ configuration: RollingFileConfiguration,
        retry: ClosedRange<Duration>,
        clock: @escaping MonotonicClock = monotonicNanoseconds
    ) {
        let backoff = Backoff(shortest: retry.lowerBound.nanoseconds, longest: retry.upperBound.nanoseconds)
        writer = Mutex(RollingFileWriter(configuration, backoff: backoff, clock: clock))
        known = Mutex(SinkStatus(name: name, destination: configuration.path.string))
    }

    /// Whether the file can be written as things are now; opens and closes it.
    ///
    /// - Parameter configuration: Where the file is.
    /// - Throws: The reason why records would not arrive.
    public static func probe(_ configuration: RollingFileConfiguration) throws(FileSinkError) {
        let directory = try SafeDirectory(for: configuration.path)
        _ = try directory.openForAppending(configuration.path.lastComponent?.string ?? "")
    }

    /// How the file is doing; the destination is the file really written.
    ///
    /// While a slow disk keeps the sink's thread, it is the state of before: whoever asks does not wait.
    public var status: SinkStatus {
        if let status = writer.withLockIfAvailable({ $0.status }) { known.withLock { $0 = status } }
        return known.withLock { $0 }
    }

    /// Writes a record.
    public func receive(_ record: Record) { writer.withLock { $0.receive(record) } }

    /// Syncs when due and removes old files.
    public func maintain() { writer.withLock { $0.maintain() } }

    /// Syncs.
    package func flush() { writer.withLock { $0.sync() } }

    /// Syncs, closes the file and gives up its lock.
    public func close() { writer.withLock { $0.close() } }

    /// That the file fails, that it works again, or that another process had it.
    public func takeNotice() -> SinkNotice? { writer.withLock { $0.notices.isEmpty ? nil : $0.notices.removeFirst() } }
}
