/// The memory of this process as the kernel accounts for it, in bytes.
///
/// Each property is one line of `/proc/self/status` (see `proc_pid_status(5)`); a line the kernel does not give is `nil`,
/// never 0. The kernel keeps these counters per processor and folds them lazily, so a figure may be off by some pages.
public struct ProcessMemory: Sendable, Hashable {
    /// Address space that is mapped, in bytes (`VmSize`): what pympler calls the total of a snapshot.
    public var virtualSize: Int?
    /// The largest ``virtualSize`` the process ever had, in bytes (`VmPeak`).
    public var peakVirtualSize: Int?
    /// Memory that is in RAM now, in bytes (`VmRSS`).
    public var residentSet: Int?
    /// The largest resident set since the kernel's mark was last reset, in bytes (`VmHWM`).
    ///
    /// Whoever writes 5 to `/proc/self/clear_refs` resets the mark; see ``Sample/intervalPeak`` and
    /// ``Sample/maximumResidentSet`` for figures with a defined beginning.
    public var peakResidentSet: Int?
    /// Resident memory with no file behind it: heap, stacks, private writes; in bytes (`RssAnon`).
    public var residentAnonymous: Int?
    /// Resident memory of mapped files, in bytes (`RssFile`).
    public var residentFile: Int?
    /// Resident shared memory: System V, shared anonymous, tmpfs; in bytes (`RssShmem`).
    public var residentShared: Int?
    /// Private writable address space other than stacks, in bytes (`VmData`).
    public var dataSize: Int?
    /// Address space of the main thread's stack, in bytes (`VmStk`).
    public var stackSize: Int?
    /// Address space of the program's own text, in bytes (`VmExe`).
    public var executableSize: Int?
    /// Address space of the libraries' text, in bytes (`VmLib`).
    public var librarySize: Int?
    /// Page tables, in bytes (`VmPTE`).
    public var pageTableSize: Int?
    /// Anonymous memory that is swapped out, in bytes (`VmSwap`).
    public var swapSize: Int?
    /// Threads of the process (`Threads`).
    public var threadCount: Int?

    /// A reading in which the kernel gave nothing.
    public init() {}
}
