import CTrackingTestSupport
import Glibc
import Testing
import TrackingRecords

@testable import ProcessSampling

/// Figures of the process that runs all tests, hence one at a time and with tolerance for the others.
@Suite("Reading of the process memory", .serialized, .processWide)
struct ProcessMemoryReaderTests {
    private static let mebibyte = 1 << 20

    private func read(_ reader: ProcessMemoryReader) -> ProcessMemoryReader.Reading {
        var failure: ProcessMemoryReader.Failure?
        let reading = reader.read(failure: &failure)
        #expect(failure == nil)
        return reading
    }

    /// Maps and touches memory; the kernel counts it at once.
    private func withMapping<Result>(_ bytes: Int, _ body: () throws -> Result) throws -> Result {
        let pointer = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0)
        let mapping = try #require(pointer != MAP_FAILED ? pointer : nil)
        defer { munmap(mapping, bytes) }
        return try body()
    }

    private func isNear(_ left: Int?, _ right: Int?, within tolerance: Int) -> Bool {
        guard let left, let right else { return false }
        return abs(left - right) <= tolerance
    }

    @Test("Every field of the design is there on this kernel")
    func complete() {
        let memory = read(ProcessMemoryReader()).memory
        let fields = [
            memory.virtualSize, memory.peakVirtualSize, memory.residentSet, memory.peakResidentSet,
            memory.residentAnonymous, memory.residentFile, memory.residentShared, memory.dataSize, memory.stackSize,
            memory.executableSize, memory.librarySize, memory.pageTableSize, memory.swapSize, memory.threadCount,
        ]
        #expect(fields.allSatisfy { $0 != nil })
        let parts = [memory.residentAnonymous, memory.residentFile, memory.residentShared].compactMap(\.self)
        #expect(isNear(parts.reduce(0, +), memory.residentSet, within: Self.mebibyte))
    }

    @Test("Virtual size, resident set and threads are those that ps shows")
    func againstPS() throws {
        let pipe = try #require(popen("ps -o vsz=,rss=,nlwp= -p \(getpid())", "r"))
        defer { pclose(pipe) }
        let reading = read(ProcessMemoryReader())
        var (virtual, resident, threads): (Int, Int, Int32) = (0, 0, 0)
        let count = withUnsafeMutablePointer(to: &virtual) { virtual in
            withUnsafeMutablePointer(to: &resident) { resident in
                withUnsafeMutablePointer(to: &threads) { threads in
                    withVaList([virtual, resident, threads]) { vfscanf(pipe, "%ld %ld %d", $0) }
                }
            }
        }
        try #require(count == 3)
        #expect(isNear(reading.memory.virtualSize, virtual * 1024, within: 96 * Self.mebibyte))
        #expect(isNear(reading.memory.residentSet, resident * 1024, within: 16 * Self.mebibyte))
        #expect(isNear(reading.memory.threadCount, Int(threads), within: 4))
    }

    @Test("The resident set is that of /proc/self/statm")
    func againstStatm() throws {
        let file = try #require(fopen("/proc/self/statm", "r"))
        defer { fclose(file) }
        var (pages, residentPages) = (0, 0)
        withUnsafeMutablePointer(to: &pages) { pages in
            withUnsafeMutablePointer(to: &residentPages) { resident in
                _ = withVaList([pages, resident]) { vfscanf(file, "%ld %ld", $0) }
            }
        }
        let memory = read(ProcessMemoryReader()).memory
        #expect(isNear(memory.residentSet, residentPages * sysconf(Int32(_SC_PAGESIZE)), within: 16 * Self.mebibyte))
        #expect(isNear(memory.virtualSize, pages * sysconf(Int32(_SC_PAGESIZE)), within: 96 * Self.mebibyte))
    }

    @Test("A known mapping shows in virtual size and resident set, and is gone after it", .memoryIsOurs)
    func knownMapping() throws {
        let reader = ProcessMemoryReader()
        let before = read(reader).memory
        let during = try withMapping(512 * Self.mebibyte) { read(reader).memory }
        let after = read(reader).memory
        #expect(
            isNear(during.residentSet, before.residentSet.map { $0 + 512 * Self.mebibyte }, within: 48 * Self.mebibyte)
        )
        #expect(
            isNear(
                during.residentAnonymous,
                before.residentAnonymous.map { $0 + 512 * Self.mebibyte },
                within: 48 * Self.mebibyte
            )
        )
        #expect((during.virtualSize ?? 0) >= (before.residentSet ?? 0) + 512 * Self.mebibyte)
        #expect(isNear(after.residentSet, before.residentSet, within: 48 * Self.mebibyte))
    }

    @Test("A peak between two readings is in the next one, and only in that", .memoryIsOurs)
    func peakBetweenReadings() throws {
        let reader = ProcessMemoryReader()
        let before = try #require(read(reader).memory.residentSet)
        try withMapping(512 * Self.mebibyte) {}
        let after = read(reader)
        #expect(isNear(after.intervalPeak, before + 512 * Self.mebibyte, within: 48 * Self.mebibyte))
        #expect(isNear(after.memory.residentSet, before, within: 48 * Self.mebibyte))
        #expect(isNear(read(reader).intervalPeak, before, within: 48 * Self.mebibyte))
    }

    @Test("The true maximum survives the resets")
    func maximum() throws {
        let reader = ProcessMemoryReader()
        try withMapping(768 * Self.mebibyte) {}
        let maximum = try #require(read(reader).maximumResidentSet)
        #expect(maximum >= 768 * Self.mebibyte)
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        #expect(usage.ru_maxrss * 1024 < maximum, "the reset sets back what getrusage says")
        #expect(read(reader).maximumResidentSet == maximum)
        #expect(read(ProcessMemoryReader()).maximumResidentSet == maximum)
    }

    @Test("Without resets the mark is the one that getrusage reports, and there is no interval peak")
    func withoutResets() throws {
        let reader = ProcessMemoryReader(resetsPeak: false)
        // Large: getrusage also remembers the peak of the program that called exec for this one.
        try withMapping(768 * Self.mebibyte) {}
        let reading = read(reader)
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        #expect(isNear(reading.memory.peakResidentSet, usage.ru_maxrss * 1024, within: 16 * Self.mebibyte))
        #expect(reading.intervalPeak == nil)
    }

    @Test("Two readers do not take each other's peaks", .memoryIsOurs)
    func twoReaders() throws {
        let (first, second) = (ProcessMemoryReader(), ProcessMemoryReader())
        let before = try #require(read(first).memory.residentSet)
        _ = read(second)
        try withMapping(512 * Self.mebibyte) {}
        let peak = before + 512 * Self.mebibyte
        #expect(isNear(read(first).intervalPeak, peak, within: 48 * Self.mebibyte))
        #expect(isNear(read(second).intervalPeak, peak, within: 48 * Self.mebibyte))
        #expect(isNear(read(first).intervalPeak, before, within: 48 * Self.mebibyte))
        #expect(isNear(read(second).intervalPeak, before, within: 48 * Self.mebibyte))
    }

    @Test("More readers than places go without an interval peak, and places are given back")
    func manyReaders() {
        let readers = (0..<PeakLedger.capacity * 2).map { _ in ProcessMemoryReader() }
        let peaks = readers.map { read($0).intervalPeak }
        #expect(peaks.contains(nil))
        #expect(peaks.first != .some(nil))
    }

    @Test("A reading allocates nothing once the reader is warm")
    func allocations() {
        let reader = ProcessMemoryReader()
        var failure: ProcessMemoryReader.Failure?
        _ = reader.read(failure: &failure)
        let before = ctt_thread_allocations()
        for _ in 0..<1000 { _ = reader.read(failure: &failure) }
        #expect(ctt_thread_allocations() == before)
    }

    @Test("The detector allocates nothing between spikes")
    func detectorAllocations() {
        var detector = SpikeDetector()
        var memory = ProcessMemory()
        memory.residentSet = 100 << 20
        func observe(_ time: Int) -> SpikeDecision {
            detector.observe(Sample(timestamp: Double(time), wallTime: 0, memory: memory, intervalPeak: 100 << 20))
                .decision
        }
        for time in 0..<100 { _ = observe(time) }
        let before = ctt_thread_allocations()
        for time in 100..<1100 { _ = observe(time) }
        #expect(ctt_thread_allocations() == before)
    }

    @Test("Descriptors that the host closed and got again for its own are neither read nor written nor closed")
    func stolenDescriptors() throws {
        let reader = ProcessMemoryReader()
        _ = read(reader)
        // What closefrom would do, for our two descriptors only: the numbers go to files of the host's.
        var stolen: [(descriptor: Int32, path: String)] = []
        for descriptor in Int32(3)..<1024 {
            guard let target = linkTarget("/proc/self/fd/\(descriptor)"),
                target.hasSuffix("/status") || target.hasSuffix("/clear_refs"), target.hasPrefix("/proc/")
            else { continue }
            let path = "/tmp/class-tracker-host.\(getpid()).\(descriptor)"
            let host = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
            #expect(dup2(host, descriptor) == descriptor)
            close(host)
            stolen.append((descriptor, path))
        }
        #expect(stolen.count >= 2)
        let reading = read(reader)
        #expect(reading.memory.residentSet != nil)
        #expect(reading.intervalPeak != nil)
        for (descriptor, path) in stolen {
            var status = stat()
            #expect(fstat(descriptor, &status) == 0, "the host's descriptor was closed")
            #expect(status.st_size == 0, "something was written into the host's file")
            close(descriptor)
            unlink(path)
        }
    }

    @Test("A forked child reads and resets itself, not its parent")
    func forkedChild() throws {
        let reader = ProcessMemoryReader()
        _ = read(reader)
        var pipe: [Int32] = [0, 0]
        try #require(Glibc.pipe(&pipe) == 0)
        let child = ctt_fork()
        if child == 0 {
            // 300 MiB more than the parent has, seen by the child's own reading only.
            let bytes = 300 << 20
            let pointer = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0)
            var failure: ProcessMemoryReader.Failure?
            var resident = pointer == MAP_FAILED ? 0 : reader.read(failure: &failure).memory.residentAnonymous ?? 0
            write(pipe[1], &resident, MemoryLayout<Int>.size)
            _exit(0)
        }
        close(pipe[1])
        var resident = 0
        #expect(Glibc.read(pipe[0], &resident, MemoryLayout<Int>.size) == MemoryLayout<Int>.size)
        close(pipe[0])
        var status: Int32 = 0
        waitpid(child, &status, 0)
        let parent = try #require(read(reader).memory.residentAnonymous)
        #expect(resident > 300 << 20)
        #expect(resident - parent > 200 << 20)
    }

    private func linkTarget(_ path: String) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
            guard let start = buffer.baseAddress else { return nil }
            let count = readlink(path, start, buffer.count)
            return count > 0 ? String(decoding: UnsafeRawBufferPointer(buffer)[..<count], as: UTF8.self) : nil
        }
    }
}

extension Trait where Self == ConditionTrait {
    /// For tests in which nothing else may take or give back much memory.
    fileprivate static var memoryIsOurs: Self {
        .disabled(if: ctt_sanitizer() != nil, "a sanitizer gives back what was freed when it likes to")
    }
}
