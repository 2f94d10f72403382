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
}
