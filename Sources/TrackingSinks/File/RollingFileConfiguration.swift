public import SystemPackage

/// The path of a rolling file, and the disk space that it may use.
public struct RollingFileConfiguration: Sendable, Hashable {
    /// The active file; rotated files are in the same directory.
    public var path: FilePath
    /// The largest size of a file, in bytes; a smaller value than 16 KiB counts as 16 KiB.
    public var maximumBytes: Int
    /// The number of rotated files to keep, from 1 to 4096; other values count as the nearest of these.
    ///
    /// All files of one process together, including those of earlier runs, never take more than `maximumBytes × (keep +
    /// 1)`.
    public var keep: Int
    /// The age at which a rotated file is removed; `nil` for no limit.
    public var maximumAge: Duration?
    /// The longest time for which records may be in the kernel's memory only; `.zero` leaves it to the kernel.
    public var syncInterval: Duration

    /// The smallest useful ``maximumBytes``.
    package static let minimumBytes = 16 << 10

    /// Creates a configuration.
    ///
    /// - Parameters:
    ///   - path: The active file.
    ///   - maximumBytes: The largest size of a file, in bytes.
    ///   - keep: The number of rotated files to keep.
    ///   - maximumAge: The age at which a rotated file is removed.
    ///   - syncInterval: The longest time for which records may be in the kernel's memory only.
    public init(
        path: FilePath,
        maximumBytes: Int = 16 << 20,
        keep: Int = 8,
        maximumAge: Duration? = nil,
        syncInterval: Duration = .seconds(30)
    ) {
        self.path = path
        self.maximumBytes = maximumBytes
        self.keep = keep
        self.maximumAge = maximumAge
        self.syncInterval = syncInterval
    }
}
