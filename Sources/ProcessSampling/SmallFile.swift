import Glibc
import TrackingRecords

/// Reads a short text that the kernel provides as a file.
enum SmallFile {
    /// Returns the text of a file; `nil` if it cannot be read.
    static func contents(of path: String) -> String? {
        guard let file = try? OwnedDescriptor(opening: path, O_RDONLY) else { return nil }
        return text(of: file)
    }

    private static func text(of file: borrowing OwnedDescriptor) -> String? {
        withUnsafeTemporaryAllocation(byteCount: 8192, alignment: 1) { buffer in
            (try? file.read(into: buffer)).map { String(decoding: buffer[..<$0], as: UTF8.self) }
        }
    }

    /// Returns the text of a file of this process below `/proc`; `nil` if it cannot be read.
    static func ofProcess(_ name: StaticString) -> String? {
        guard let file = try? OwnedDescriptor(process: name) else { return nil }
        return text(of: file)
    }

    /// Returns the first number in the line that begins with a name; `nil` if there is none.
    static func number(_ name: String, in text: String) -> Int? {
        for line in text.split(separator: "\n") {
            guard line.hasPrefix(name), line.dropFirst(name.count).first.map({ $0 == " " || $0 == ":" }) == true else {
                continue
            }
            return Int(line.dropFirst(name.count).drop { !$0.isNumber }.prefix { $0.isNumber })
        }
        return nil
    }
}
