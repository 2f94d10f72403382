import ProcessSampling
import TrackingRecords

enum StatusChecks {
    /// The parser in place finds what a plain one finds.
    static func text(_ input: UnsafeRawBufferPointer) throws(BrokenPromise) {
        let found = StatusParser.parse(input)
        let expected = plain(input)
        try promise(found == expected, "\(found) rather than \(expected)")
    }

    private static let fields: [String: any WritableKeyPath<ProcessMemory, Int?> & Sendable] = [
        "VmSize": \.virtualSize, "VmPeak": \.peakVirtualSize, "VmRSS": \.residentSet, "VmHWM": \.peakResidentSet,
        "VmData": \.dataSize, "VmStk": \.stackSize, "VmExe": \.executableSize, "VmLib": \.librarySize,
        "VmPTE": \.pageTableSize, "VmSwap": \.swapSize, "RssAnon": \.residentAnonymous, "RssFile": \.residentFile,
        "RssShmem": \.residentShared,
    ]

    private static func plain(_ input: UnsafeRawBufferPointer) -> ProcessMemory {
        var memory = ProcessMemory()
        for line in input.split(separator: UInt8(ascii: "\n")) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let key = String(decoding: line[..<colon], as: UTF8.self)
            let value = line[(colon + 1)...].drop { $0 == 0x20 || $0 == 0x09 }.prefix { $0 >= 0x30 && $0 <= 0x39 }
            let number = Int(String(decoding: value, as: UTF8.self))
            if key == "Threads" {
                memory.threadCount = number
                return memory
            }
            guard let field = fields[key] else { continue }
            memory[keyPath: field] = number.flatMap { $0 > Int.max / 1024 ? nil : $0 * 1024 }
        }
        return memory
    }
}
