import Testing
import TrackingRecords

@testable import ProcessSampling

@Suite("Parsing of /proc/self/status")
struct StatusParserTests {
    private func parse(_ text: String) -> ProcessMemory {
        Array(text.utf8).withUnsafeBytes { StatusParser.parse($0) }
    }

    @Test("Every field is found, in bytes")
    func full() {
        let memory = parse(
            """
            Name:\tVmRSS:
            State:\tR (running)
            Tgid:\t1
            VmPeak:\t    3060 kB
            VmSize:\t    3059 kB
            VmLck:\t       9 kB
            VmPin:\t       9 kB
            VmHWM:\t    1588 kB
            VmRSS:\t    1587 kB
            RssAnon:\t     108 kB
            RssFile:\t    1480 kB
            RssShmem:\t       1 kB
            VmData:\t     360 kB
            VmStk:\t     132 kB
            VmExe:\t      20 kB
            VmLib:\t    1528 kB
            VmPTE:\t      48 kB
            VmSwap:\t       7 kB
            HugetlbPages:\t       9 kB
            Threads:\t3
            SigQ:\t0/96365
            """
        )
        var expected = ProcessMemory()
        expected.peakVirtualSize = 3060 * 1024
        expected.virtualSize = 3059 * 1024
        expected.peakResidentSet = 1588 * 1024
        expected.residentSet = 1587 * 1024
        expected.residentAnonymous = 108 * 1024
        expected.residentFile = 1480 * 1024
        expected.residentShared = 1024
        expected.dataSize = 360 * 1024
        expected.stackSize = 132 * 1024
        expected.executableSize = 20 * 1024
        expected.librarySize = 1528 * 1024
        expected.pageTableSize = 48 * 1024
        expected.swapSize = 7 * 1024
        expected.threadCount = 3
        #expect(memory == expected)
    }

    @Test("A field that is not there is nil, and 0 is 0")
    func absent() {
        let memory = parse("Name:\tkthread\nVmSwap:\t0 kB\nThreads:\t1\n")
        #expect(memory.virtualSize == nil)
        #expect(memory.residentSet == nil)
        #expect(memory.swapSize == 0)
        #expect(memory.threadCount == 1)
    }

    @Test(
        "What is not a number is nil",
        arguments: [
            "VmRSS:\n", "VmRSS:\t kB\n", "VmRSS:\t-5 kB\n", "VmRSS\t5 kB\n", "VmRSS:\tx5 kB\n", "", "VmRSS", "\n:\n",
        ]
    )
    func malformed(text: String) {
        #expect(parse(text).residentSet == nil)
    }

    @Test(
        "A number too large for bytes is nil, not wrapped",
        arguments: ["99999999999999999999", "9223372036854775807"]
    )
    func overflow(number: String) {
        #expect(parse("VmRSS:\t\(number) kB\n").residentSet == nil)
    }

    @Test("A text cut anywhere gives whole fields only, except for the last number")
    func cut() {
        let text = Array("VmSize:\t4096 kB\nVmRSS:\t2048 kB\n".utf8)
        for length in text.indices {
            let memory = text[..<length].withUnsafeBytes { StatusParser.parse($0) }
            #expect([nil, 4, 40, 409, 4096].contains(memory.virtualSize.map { $0 / 1024 }))
        }
    }
}

@Suite("Limits of control groups")
struct MemoryLimitTests {
    @Test("A process without a limit has none, a process with one has a plausible one")
    func current() {
        if let limit = MemoryLimit.current() { #expect(limit > 1 << 20) }
    }

    @Test("What cannot be read is no limit")
    func unreadable() {
        #expect(MemoryLimit.limit(groups: "0::/a/b\n9:memory:/c\nnonsense\n", mount: "/nonexistent") == nil)
    }
}
