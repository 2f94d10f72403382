public import SystemPackage

/// Where a rolling file is and how much of the disk it may take.
public struct RollingFileConfiguration: Sendable, Hashable {
    /// The active file. Rotated files stand beside it.
    public var path: FilePath
    /// The largest file, in bytes; at least ``minimumBytes``, which stands for anything less.
    public var maximumBytes: Int
    /// How many rotated files are kept, from 1 to 4096; what is outside counts as the nearer end.
    ///
    /// All files of one process together never take more than `maximumBytes × (keep + 1)`, what earlier runs left included.
    public var keep: Int
    /// The age at which a rotated file is removed; `nil` keeps it whatever its age.
    public var maximumAge: Duration?
    /// The longest time that records may be in the kernel's memory only; `.zero` leaves that to the kernel.
    public var syncInterval: Duration

    /// The smallest useful ``maximumBytes``.
    public static let minimumBytes = 16 << 10

    /// Makes a configuration.
    ///
    /// - Parameters:
    ///   - path: The active file.
    ///   - maximumBytes: The largest file, in bytes.
    ///   - keep: How many rotated files are kept.
    ///   - maximumAge: The age at which a rotated file is removed.
    ///   - syncInterval: The longest time that records may be in the kernel's memory only.
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
