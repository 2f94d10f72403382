import CTrackingTestSupport
import Glibc
import ProcessSampling
import Testing
import TrackingRecords

/// Each figure beside another source, or beside memory of a known size; those of `ps` are in `ProcessMemoryReaderTests`.
@Suite("Figures against independent sources", .serialized, .processWide)
struct IndependentSourceTests {
    private static let mebibyte = 1 << 20

    private var memory: ProcessMemory {
        var failure: ProcessMemoryReader.Failure?
        return ProcessMemoryReader(resetsPeak: false).read(failure: &failure).memory
    }

    /// What a figure grows by while memory of a known kind is mapped.
    private func growth(
        of figure: (ProcessMemory) -> Int?,
        bytes: Int,
        flags: Int32,
        descriptor: Int32 = -1,
        touch: (UnsafeMutableRawPointer) -> Void = { _ in }
    ) throws -> Int {
        let before = try #require(figure(memory))
        let pointer = mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, descriptor, 0)
        let mapping = try #require(pointer != MAP_FAILED ? pointer : nil)
        defer { munmap(mapping, bytes) }
        touch(mapping)
        return try #require(figure(memory)) - before
    }

    private func isNear(_ left: Int?, _ right: Int?, within tolerance: Int) -> Bool {
        guard let left, let right else { return false }
        return abs(left - right) <= tolerance
    }

    /// The lines of a file of the process, split at blanks.
    private func lines(of path: String) throws -> [[Substring]] {
        let file = try #require(fopen(path, "r"))
        defer { fclose(file) }
        var lines: [[Substring]] = []
        var buffer = [CChar](repeating: 0, count: 4096)
        while fgets(&buffer, Int32(buffer.count), file) != nil {
            let text = buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
            lines.append(text.split { $0 == " " || $0 == "\t" || $0 == "\n" })
        }
        return lines
    }

    /// The size of the mappings in `/proc/self/maps` that a condition on permissions and name accepts.
    private func mapped(where accepts: (_ permissions: Substring, _ name: Substring?) -> Bool) throws -> Int {
        try lines(of: "/proc/self/maps").filter { accepts($0[1], $0.count > 5 ? $0[5] : nil) }
            .reduce(0) { sum, line in
                let ends = line[0].split(separator: "-").compactMap { Int($0, radix: 16) }
                return sum + ends[1] - ends[0]
            }
    }

    @Test("RssShmem and the virtual size grow by shared memory")
    func shared() throws {
        let flags = MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE
        let bytes = 128 * Self.mebibyte
        #expect(isNear(try growth(of: { $0.residentShared }, bytes: bytes, flags: flags), bytes, within: Self.mebibyte))
        #expect(
            isNear(
                try growth(of: { $0.virtualSize }, bytes: bytes * 8, flags: flags & ~MAP_POPULATE),
                bytes * 8,
                within: 96 * Self.mebibyte
            )
        )
    }

    @Test("RssFile grows by a file that is mapped and read")
    func file() throws {
        let path = "/tmp/class-tracker-mapped.\(getpid())"
        let bytes = 64 * Self.mebibyte
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0)
        unlink(path)
        defer { close(descriptor) }
        let block = [UInt8](repeating: 7, count: Self.mebibyte)
        for _ in 0..<64 { try #require(write(descriptor, block, block.count) == block.count) }
        // Where /tmp is a tmpfs, the kernel counts its pages as shared memory.
        let grown = try growth(
            of: { memory in memory.residentFile.flatMap { file in memory.residentShared.map { file + $0 } } },
            bytes: bytes,
            flags: MAP_SHARED | MAP_POPULATE,
            descriptor: descriptor
        )
        #expect(isNear(grown, bytes, within: 8 * Self.mebibyte))
    }

    @Test("VmData grows by private writable memory, touched or not")
    func data() throws {
        let bytes = 1024 * Self.mebibyte
        let grown = try growth(of: { $0.dataSize }, bytes: bytes, flags: MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)
        #expect(isNear(grown, bytes, within: 96 * Self.mebibyte))
    }

    @Test(
        "VmPTE grows by the page tables of touched pages",
        .disabled(if: ctt_sanitizer() != nil, "a sanitizer's shadow of the memory has page tables too")
    )
    func pageTables() throws {
        let bytes = 2048 * Self.mebibyte
        let step = 2 * Self.mebibyte
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        // One page in each 2 MiB costs a table of 4 KiB, unless the kernel takes a huge page.
        func touch(_ mapping: UnsafeMutableRawPointer) {
            madvise(mapping, bytes, MADV_NOHUGEPAGE)
            for offset in stride(from: 0, to: bytes, by: step) {
                mapping.storeBytes(of: 1, toByteOffset: offset, as: UInt8.self)
            }
        }
        let grown = try growth(of: { $0.pageTableSize }, bytes: bytes, flags: flags, touch: touch)
        #expect(isNear(grown, bytes / step * 4096, within: Self.mebibyte / 2))
    }

    @Test("VmPeak keeps what the virtual size once was")
    func peakVirtualSize() throws {
        let before = try #require(memory.peakVirtualSize)
        let size = try #require(memory.virtualSize)
        let bytes = before - size + 1024 * Self.mebibyte
        let pointer = mmap(nil, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        munmap(pointer, bytes)
        let after = try #require(memory.peakVirtualSize)
        #expect(isNear(after - before, 1024 * Self.mebibyte, within: 96 * Self.mebibyte))
    }

    @Test("VmStk, VmExe and VmLib are those of /proc/self/maps and statm")
    func textAndStack() throws {
        let memory = memory
        let stack = try mapped { _, name in name == "[stack]" }
        #expect(isNear(memory.stackSize, stack, within: 64 << 10))
        let statm = try #require(try lines(of: "/proc/self/statm").first).compactMap { Int($0) }
        let page = sysconf(Int32(_SC_PAGESIZE))
        #expect(memory.executableSize == statm[3] * page)
        let executable = try mapped { permissions, _ in permissions.hasPrefix("r-x") }
        let text = (memory.executableSize ?? 0) + (memory.librarySize ?? 0)
        #expect(isNear(text, executable, within: Self.mebibyte))
        let dataAndStack = (memory.dataSize ?? 0) + (memory.stackSize ?? 0)
        #expect(isNear(dataAndStack, statm[5] * page, within: 96 * Self.mebibyte))
    }

    @Test("Resident parts and swap are those of smaps_rollup, which counts page by page")
    func rollup() throws {
        let memory = memory
        var sums: [Substring: Int] = [:]
        for line in try lines(of: "/proc/self/smaps_rollup") where line.count == 3 {
            sums[line[0]] = Int(line[1]).map { $0 * 1024 }
        }
        #expect(isNear(memory.residentSet, sums["Rss:"], within: 16 * Self.mebibyte))
        #expect(isNear(memory.residentAnonymous, sums["Anonymous:"], within: 16 * Self.mebibyte))
        #expect(isNear(memory.swapSize, sums["Swap:"], within: Self.mebibyte))
    }

    @Test("Threads are those listed in /proc/self/task")
    func threads() throws {
        let stream = try #require(opendir("/proc/self/task"))
        defer { closedir(stream) }
        var count = 0
        while readdir(stream) != nil { count += 1 }
        #expect(isNear(memory.threadCount, count - 2, within: 4))
    }
}
