import Glibc
package import TrackingRecords

/// Parses the text of `/proc/self/status` in place.
///
/// The file has some sixty lines of `Key:<tab>value`. The needed ones are found by key, in any order, because the
/// kernel adds lines and omits others (kernel threads have no `Vm` lines, old kernels no `RssAnon`).
package enum StatusParser {
    /// Returns the fields in `text`; a field that is missing, or not a number, stays `nil`.
    package static func parse(_ text: UnsafeRawBufferPointer) -> ProcessMemory {
        var memory = ProcessMemory()
        var position = 0
        while position < text.count {
            let line = Line(text, from: position)
            position = line.end + 1
            // The length of the key excludes most lines.
            guard line.keyLength >= 5, line.keyLength <= 8 else { continue }
            switch text[line.start] {
            case UInt8(ascii: "V"): virtual(line, &memory)
            case UInt8(ascii: "R"): resident(line, &memory)
            case UInt8(ascii: "T"):
                // The last needed line; nearly half of the file follows it.
                if line.matches("Threads") {
                    memory.threadCount = line.number()
                    return memory
                }
            default: break
            }
        }
        return memory
    }

    private static func virtual(_ line: Line, _ memory: inout ProcessMemory) {
        if line.matches("VmSize") {
            memory.virtualSize = line.bytes()
        } else if line.matches("VmPeak") {
            memory.peakVirtualSize = line.bytes()
        } else if line.matches("VmRSS") {
            memory.residentSet = line.bytes()
        } else if line.matches("VmHWM") {
            memory.peakResidentSet = line.bytes()
        } else if line.matches("VmData") {
            memory.dataSize = line.bytes()
        } else if line.matches("VmStk") {
            memory.stackSize = line.bytes()
        } else if line.matches("VmExe") {
            memory.executableSize = line.bytes()
        } else if line.matches("VmLib") {
            memory.librarySize = line.bytes()
        } else if line.matches("VmPTE") {
            memory.pageTableSize = line.bytes()
        } else if line.matches("VmSwap") {
            memory.swapSize = line.bytes()
        }
    }

    private static func resident(_ line: Line, _ memory: inout ProcessMemory) {
        if line.matches("RssAnon") {
            memory.residentAnonymous = line.bytes()
        } else if line.matches("RssFile") {
            memory.residentFile = line.bytes()
        } else if line.matches("RssShmem") {
            memory.residentShared = line.bytes()
        }
    }

    private struct Line {
        let text: UnsafeRawBufferPointer
        let start: Int
        let end: Int
        let keyLength: Int

        init(_ text: UnsafeRawBufferPointer, from start: Int) {
            self.text = text
            self.start = start
            let rest = UnsafeRawBufferPointer(rebasing: text[start...])
            var length = rest.count
            if let base = rest.baseAddress, let newline = memchr(base, Int32(UInt8(ascii: "\n")), rest.count) {
                length = UnsafeRawPointer(newline) - base
            }
            end = start + length
            // No needed key is longer than eight bytes, and most lines are long.
            var key = 0
            while key < min(length, 9), rest[key] != UInt8(ascii: ":") { key += 1 }
            keyLength = key < min(length, 9) ? key : 0
        }

        func matches(_ key: StaticString) -> Bool {
            guard keyLength == key.utf8CodeUnitCount else { return false }
            for index in 0..<keyLength where text[start + index] != key.utf8Start[index] { return false }
            return true
        }

        /// Returns the value, which the kernel gives in units of 1024 bytes and calls kB.
        func bytes() -> Int? {
            guard let kibibytes = number() else { return nil }
            let (bytes, overflow) = kibibytes.multipliedReportingOverflow(by: 1024)
            return overflow ? nil : bytes
        }

        func number() -> Int? {
            var index = start + keyLength + 1
            while index < end, text[index] == UInt8(ascii: " ") || text[index] == UInt8(ascii: "\t") { index += 1 }
            var value = 0
            let first = index
            while index < end, text[index] >= 48, text[index] <= 57 {
                let (product, overflow) = value.multipliedReportingOverflow(by: 10)
                let (sum, carry) = product.addingReportingOverflow(Int(text[index]) - 48)
                if overflow || carry { return nil }
                value = sum
                index += 1
            }
            return index > first ? value : nil
        }
    }
}
