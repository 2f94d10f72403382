/// The memory of this process as the kernel accounts for it, in bytes.
///
/// Each property is one line of `/proc/self/status` (see `proc_pid_status(5)`); a line the kernel does not give is `nil`,
/// never 0. The kernel keeps these counters per processor and folds them lazily, so a figure may be off by some pages.
public struct ProcessMemory: Sendable, Hashable {
    /// The size of the mapped address space, in bytes (`VmSize`): pympler's total of a snapshot.
    public var virtualSize: Int?
    /// The largest ``virtualSize`` of the process so far, in bytes (`VmPeak`); the kernel cannot reset it.
    public var peakVirtualSize: Int?
    /// The memory that is in RAM now, in bytes (`VmRSS`).
    public var residentSet: Int?
    /// The largest resident set since the kernel's mark was last reset, in bytes (`VmHWM`).
    ///
    /// Writing 5 to `/proc/self/clear_refs` resets the mark; see `Sample.intervalPeak` and `Sample.maximumResidentSet`
    /// for figures with a defined beginning.
    public var peakResidentSet: Int?
    /// The resident memory that no file backs: heap, stacks, private writes; in bytes (`RssAnon`).
    public var residentAnonymous: Int?
    /// The resident memory of mapped files, in bytes (`RssFile`).
    public var residentFile: Int?
    /// The resident shared memory: System V, shared anonymous, tmpfs; in bytes (`RssShmem`).
    public var residentShared: Int?
    /// The private writable address space other than stacks, in bytes (`VmData`).
    public var dataSize: Int?
    /// The address space of the main thread's stack, in bytes (`VmStk`).
    public var stackSize: Int?
    /// The address space of the program's own text, in bytes (`VmExe`).
    public var executableSize: Int?
    /// The address space of the libraries' text, in bytes (`VmLib`).
    public var librarySize: Int?
    /// The size of the page tables, in bytes (`VmPTE`).
    public var pageTableSize: Int?
    /// The anonymous memory that is swapped out, in bytes (`VmSwap`).
    public var swapSize: Int?
    /// The number of threads of the process (`Threads`).
    public var threadCount: Int?

    /// Creates a reading without any figure.
    package init() {}
}

extension ProcessMemory {
    /// Visits the most important figures, which come first in a record.
    @inlinable
    package mutating func visitMain(_ visitor: inout some FieldVisitor & ~Copyable) {
        visitor.kernel("vm_size_bytes", "VmSize", &virtualSize, "Address space that is mapped.")
        visitor.kernel("vm_peak_bytes", "VmPeak", &peakVirtualSize, "Largest address space since the process began.")
        visitor.kernel("vm_rss_bytes", "VmRSS", &residentSet, "Resident set: memory that is in RAM.")
    }

    /// Visits the other figures.
    @inlinable
    package mutating func visitRest(_ visitor: inout some FieldVisitor & ~Copyable) {
        visitor.kernel(
            "vm_hwm_bytes",
            "VmHWM",
            &peakResidentSet,
            "Largest resident set since the kernel's mark was reset last."
        )
        visitor.kernel(
            "rss_anon_bytes",
            "RssAnon",
            &residentAnonymous,
            "Resident memory without a file behind it: heap, stacks, private writes."
        )
        visitor.kernel("rss_file_bytes", "RssFile", &residentFile, "Resident memory of mapped files.")
        visitor.kernel("rss_shmem_bytes", "RssShmem", &residentShared, "Resident shared memory.")
        visitor.kernel("vm_data_bytes", "VmData", &dataSize, "Private writable address space other than stacks.")
        visitor.kernel("vm_stk_bytes", "VmStk", &stackSize, "Address space of the main thread's stack.")
        visitor.kernel("vm_exe_bytes", "VmExe", &executableSize, "Address space of the program's text.")
        visitor.kernel("vm_lib_bytes", "VmLib", &librarySize, "Address space of the libraries' text.")
        visitor.kernel("vm_pte_bytes", "VmPTE", &pageTableSize, "Page tables.")
        visitor.kernel("vm_swap_bytes", "VmSwap", &swapSize, "Anonymous memory that is swapped out.")
        visitor.kernel("threads", "Threads", &threadCount, "Threads of the process.")
    }
}

extension ProcessMemory {
    /// The lines of `/proc/self/status` that the kernel gave, and those that it did not.
    package var kernelLines: (given: [String], missing: [String]) {
        var lines = KernelLines()
        var memory = self
        memory.visitMain(&lines)
        memory.visitRest(&lines)
        return (lines.given, lines.missing)
    }
}

/// Sorts the kernel's figures by whether they are known.
private struct KernelLines: FieldVisitor {
    var given: [String] = []
    var missing: [String] = []

    mutating func kernelFigure(_ field: Field, line: StaticString, _ value: inout Int?) {
        if value == nil { missing.append(line.description) } else { given.append(line.description) }
    }

    mutating func integer(_ field: Field, _ value: inout Int?) {}
    mutating func real(_ field: Field, _ value: inout Double?) {}
    mutating func flag(_ field: Field, _ value: inout Bool?) {}
    mutating func text(_ field: Field, _ value: inout String?) {}
    mutating func choice<Value: FieldChoice>(_ field: Field, _ value: inout Value?) {}
    mutating func rows<Row: ListRow>(_ field: Field, _ rows: inout [Row], _ fit: RowFit) -> Int { 0 }
    mutating func tree(_ field: Field, _ root: inout SizedObject?) -> Int { 0 }
    mutating func sizes(_ field: Field, _ sizes: inout [ObjectSize], className: String) -> (sizes: Int, referents: Int)
    {
        (0, 0)
    }
    mutating func beginGroup(isKnown: Bool) -> Bool { false }
    mutating func endGroup() -> Bool { false }
}

extension FieldVisitor where Self: ~Copyable {
    @inlinable
    package mutating func kernel(
        _ key: StaticString,
        _ line: StaticString,
        _ value: inout Int?,
        _ about: StaticString
    ) {
        kernelFigure(Field(key, .known, about), line: line, &value)
    }
}
