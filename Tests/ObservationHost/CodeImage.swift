import CTrackingRuntime
import Foundation
import Glibc

/// The code of all loaded objects, their read-only data, and every word elsewhere in them that leads to code: import slots
/// and the words of metadata that are redirected are among them.
struct CodeImage {
    private struct Region {
        var range: Range<UInt>
        var isWritable: Bool
        var protection: String
        var path: String
    }

    private var pages: [UInt: Data] = [:]
    private var words: [UInt: UInt] = [:]
    private var protections: [UInt: String] = [:]

    private var files: [(key: UInt, value: (end: UInt, path: String))] = []

    init() {
        let regions = Self.regions()
        let code = regions.filter { $0.protection.contains("x") }.map(\.range)
        for region in regions {
            files.append((region.range.lowerBound, (region.range.upperBound, region.path)))
            for page in stride(from: region.range.lowerBound, to: region.range.upperBound, by: 4096) {
                protections[page] = region.protection
            }
            if region.isWritable {
                for offset in stride(from: 0, to: region.range.count, by: 8) {
                    let word = UInt(ct_read64(region.range.lowerBound + UInt(offset)))
                    // Odd ones are the runtime's: names that it replaces by what they stand for.
                    if word > 0xFFFF, word % 2 == 0, code.contains(where: { $0.contains(word) }) {
                        words[region.range.lowerBound + UInt(offset)] = word
                    }
                }
            } else {
                // By page: who looks twice at a mapping may see it in two parts.
                for offset in stride(from: 0, to: region.range.count, by: 4096) {
                    var page = Data(count: 4096)
                    page.withUnsafeMutableBytes { bytes in
                        guard let start = bytes.baseAddress else { return }
                        // By words of assembler, because a sanitizer forbids what lies between two variables.
                        ct_read_bytes(start, region.range.lowerBound + UInt(offset), bytes.count)
                    }
                    pages[region.range.lowerBound + UInt(offset)] = page
                }
            }
        }
    }

    /// Where another image differs from this one.
    func differences(from other: CodeImage) -> [String] {
        var found: [String] = []
        for (address, data) in pages where other.pages[address] != data {
            let offset = other.pages[address]
                .flatMap { theirs in zip(data, theirs).enumerated().first { $1.0 != $1.1 }?.offset }
            found.append(
                "\(other.pages[address] == nil ? "no " : "")page at \(String(address + UInt(offset ?? 0), radix: 16))"
            )
        }
        for (address, word) in words where other.words[address] != word {
            found.append("word at \(place(address)): \(place(word)) is \(place(other.words[address] ?? 0))")
        }
        for (address, protection) in protections where other.protections[address] != protection {
            found.append("\(protection) at \(String(address, radix: 16)) is \(other.protections[address] ?? "gone")")
        }
        return found
    }

    /// The file that an address lies in, and where it is mapped.
    private func place(_ address: UInt) -> String {
        let own = files.last { $0.key <= address && $0.value.end > address }
        return
            "\(String(address, radix: 16)) (\(own.map { "\($0.value.path), mapped at \(String($0.key, radix: 16))" } ?? "elsewhere"))"
    }

    /// What is mapped from files of libraries and the program.
    private static func regions() -> [Region] {
        var text = Data()
        // In one piece, so that nothing is mapped between two reads.
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        let file = open("/proc/self/maps", O_RDONLY)
        while case let count = read(file, &buffer, buffer.count), count > 0 {
            text.append(contentsOf: buffer[..<count])
        }
        close(file)
        return String(decoding: text, as: UTF8.self).split(separator: "\n")
            .compactMap { line in
                let parts = line.split(separator: " ", omittingEmptySubsequences: true)
                guard parts.count >= 6, parts[5].hasPrefix("/"), !parts[5].hasPrefix("/memfd"), parts[1].hasPrefix("r"),
                    parts[5].contains(".so") || parts[5] == Self.program
                else { return nil }
                let bounds = parts[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
                guard bounds.count == 2 else { return nil }
                return Region(
                    range: bounds[0]..<bounds[1],
                    isWritable: parts[1].contains("w"),
                    protection: String(parts[1]),
                    path: String(parts[5])
                )
            }
    }

    private static let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
}
