import CFuzzSupport
package import SystemPackage

/// A file in memory that has the bytes of an input, for parsers that read files.
package struct InputFile: ~Copyable {
    package let descriptor: FileDescriptor

    /// Makes a file; nil where the kernel has no more descriptors.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        descriptor = FileDescriptor(rawValue: fuzz_memory_file())
        guard (try? descriptor.writeAll(toAbsoluteOffset: 0, bytes)) == bytes.count else { return nil }
    }

    deinit { try? descriptor.close() }

    /// Where it can be opened.
    package var path: FilePath { FilePath("/proc/self/fd/\(descriptor.rawValue)") }

    /// The bytes of a file.
    package static func contents(of path: FilePath) throws -> [UInt8] {
        let file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec])
        return try file.closeAfter {
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while case let count = try buffer.withUnsafeMutableBytes({ try file.read(into: $0) }), count > 0 {
                bytes += buffer[..<count]
            }
            return bytes
        }
    }
}
