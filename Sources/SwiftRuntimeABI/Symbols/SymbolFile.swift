internal import Glibc
internal import SystemPackage
internal import TrackingRecords

/// The symbol table of an ELF file, read in small pieces and with every bound checked.
///
/// The file is read rather than mapped: if a mapped file is truncated, reading it ends the process.
package struct SymbolFile: ~Copyable {
    /// The reason why the symbols of a file cannot be read.
    package enum Failure: Error, Hashable {
        case cannotOpen(Int32)
        case damaged
        case stripped
        case tooLarge
    }

    /// The largest size of a table or its strings; larger ones would take too long.
    package static let maximumSectionSize = 256 << 20

    /// More names than the types and hidden fields of any program have; further ones are left out.
    private static let maximumNames = 1 << 18

    private static let chunkSize = 256 << 10

    /// A part of the file.
    struct Extent: Hashable {
        let offset: Int
        let size: Int
    }

    private let file: OwnedDescriptor
    private let fileSize: Int

    /// Opens a file, and refuses one that is not regular, because reading it may block.
    package init(path: String) throws(Failure) {
        let file = try Self.open(path)
        guard let status = try? file.status(), status.st_mode & S_IFMT == S_IFREG else { throw .damaged }
        self.init(file, size: status.st_size)
    }

    private init(_ file: consuming OwnedDescriptor, size: Int) {
        identity = (UInt64(file.identity.device), UInt64(file.identity.inode))
        fileSize = size
        self.file = file
    }

    private static func open(_ path: String) throws(Failure) -> OwnedDescriptor {
        do throws(Errno) {
            return try OwnedDescriptor(opening: path, O_RDONLY | O_NONBLOCK)
        } catch {
            throw .cannotOpen(error.rawValue)
        }
    }

    /// Opens the file of an image.
    init(of image: LoadedImage) throws(Failure) {
        try self.init(path: image.path ?? "/proc/thread-self/exe")
    }

    /// The device and inode of the file.
    package let identity: (device: UInt64, inode: UInt64)

    // MARK: - Reading

    /// Fills `buffer` from `offset` on, and returns whether it succeeded.
    func fill(_ buffer: UnsafeMutableRawBufferPointer, from offset: Int) -> Bool {
        guard offset >= 0, buffer.count <= fileSize, offset <= fileSize - buffer.count else { return false }
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            do throws(Errno) {
                let count = try file.read(into: rest, at: offset + done)
                guard count > 0 else { return false }
                done += count
            } catch .interrupted {
            } catch {
                return false
            }
        }
        return true
    }

    func bytes(_ extent: Extent) throws(Failure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: extent.size)
        guard bytes.withUnsafeMutableBytes({ fill($0, from: extent.offset) }) else { throw .damaged }
        return bytes
    }

    /// Returns an extent that the file claims to have, if it lies within the file.
    func extent(_ offset: UInt64, _ size: UInt64) throws(Failure) -> Extent {
        guard let offset = Int(exactly: offset), let size = Int(exactly: size), size <= fileSize,
            offset <= fileSize - size
        else { throw .damaged }
        return Extent(offset: offset, size: size)
    }

    func header() throws(Failure) -> [UInt8] {
        let header = try bytes(Extent(offset: 0, size: 64))
        // "\u{7f}ELF" of 64 bits, least significant byte first, as on all platforms of this library.
        guard header.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]) else { throw .damaged }
        return header
    }

    /// Returns the table of `count` entries of `entrySize` bytes at `offset`.
    func table(_ offset: UInt64, count: UInt16, entrySize: Int) throws(Failure) -> [ArraySlice<UInt8>] {
        let extent = try extent(offset, UInt64(count) * UInt64(entrySize))
        let bytes = try bytes(extent)
        return stride(from: 0, to: bytes.count, by: entrySize).map { bytes[$0..<$0 + entrySize] }
    }

    // MARK: - Build id

    /// Returns the build id of the file, or `nil` if it has none.
    package func buildID() throws(Failure) -> [UInt8]? {
        let header = try header()
        guard header.load(54, as: UInt16.self) == 56 else { throw .damaged }
        let segments = try table(
            header.load(32, as: UInt64.self),
            count: header.load(56, as: UInt16.self),
            entrySize: 56
        )
        // 4 is PT_NOTE.
        for segment in segments where segment.load(0, as: UInt32.self) == 4 {
            let extent = try extent(segment.load(8, as: UInt64.self), segment.load(32, as: UInt64.self))
            guard extent.size <= Self.chunkSize else { continue }
            if let found = Self.buildID(inNotes: try bytes(extent)) { return found }
        }
        return nil
    }

    package static func buildID(inNotes notes: [UInt8]) -> [UInt8]? {
        var rest = notes[...]
        while rest.count >= 12 {
            let name = (Int(rest.load(0, as: UInt32.self)) + 3) & ~3
            let length = Int(rest.load(4, as: UInt32.self))
            let end = 12 + name + (length + 3) & ~3
            guard end <= rest.count else { return nil }
            let isGNU = rest.dropFirst(12).prefix(4).elementsEqual([0x47, 0x4e, 0x55, 0])
            // 3 is NT_GNU_BUILD_ID.
            if rest.load(8, as: UInt32.self) == 3, name == 4, isGNU {
                return Array(rest.dropFirst(12 + name).prefix(length))
            }
            rest = rest.dropFirst(end)
        }
        return nil
    }

    // MARK: - Symbols

    /// Returns the symbol table and its strings.
    func symbolSections() throws(Failure) -> (symbols: Extent, strings: Extent) {
        let header = try header()
        guard header.load(58, as: UInt16.self) == 64 else { throw .damaged }
        let sections = try table(
            header.load(40, as: UInt64.self),
            count: header.load(60, as: UInt16.self),
            entrySize: 64
        )
        // 2 is SHT_SYMTAB, 3 SHT_STRTAB.
        guard let symbols = sections.first(where: { $0.load(4, as: UInt32.self) == 2 }) else { throw .stripped }
        let link = Int(symbols.load(40, as: UInt32.self))
        guard link < sections.count, sections[link].load(4, as: UInt32.self) == 3,
            symbols.load(56, as: UInt64.self) == 24
        else { throw .damaged }
        let extents = (
            try extent(symbols.load(24, as: UInt64.self), symbols.load(32, as: UInt64.self)),
            try extent(sections[link].load(24, as: UInt64.self), sections[link].load(32, as: UInt64.self))
        )
        guard extents.0.size <= Self.maximumSectionSize, extents.1.size <= Self.maximumSectionSize else {
            throw .tooLarge
        }
        return extents
    }

    /// Reads the symbols of data whose names are wanted.
    ///
    /// The strings are searched first, because few of the names are wanted.
    ///
    /// - Parameters:
    ///   - isWanted: Decides by a name, which is not terminated.
    ///   - visit: Receives the name, and the address as the file has it.
    /// - Throws: `Failure` if there are no symbols or the file is damaged.
    package func readSymbols(
        where isWanted: (UnsafeRawBufferPointer) -> Bool,
        visit: (_ name: [UInt8], _ address: UInt64, _ size: UInt64) -> Void
    ) throws(Failure) {
        let (symbols, strings) = try symbolSections()
        var names: [UInt32: [UInt8]] = [:]
        try chunks(of: strings) { chunk, offset in
            Self.forEachString(in: chunk) { string, start in
                guard names.count < Self.maximumNames, isWanted(string) else { return }
                names[UInt32(truncatingIfNeeded: offset + start)] = Array(string)
            }
        }
        try chunks(of: symbols) { chunk, _ in
            let end = chunk.count - chunk.count % 24
            for start in stride(from: 0, to: end, by: 24) {
                // 1 is STT_OBJECT, in the low half of the byte; a section of 0 means that it is defined elsewhere.
                guard chunk[start + 4] & 0xf == 1,
                    let name = names[chunk.loadUnaligned(fromByteOffset: start, as: UInt32.self)],
                    chunk.loadUnaligned(fromByteOffset: start + 6, as: UInt16.self) != 0
                else { continue }
                visit(
                    name,
                    chunk.loadUnaligned(fromByteOffset: start + 8, as: UInt64.self),
                    chunk.loadUnaligned(fromByteOffset: start + 16, as: UInt64.self)
                )
            }
            return end
        }
    }

    /// Calls `body` for each complete string in `chunk`, and returns the number of bytes that they take.
    private static func forEachString(
        in chunk: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer, Int) -> Void
    ) -> Int {
        guard let base = chunk.baseAddress else { return 0 }
        var start = 0
        while start < chunk.count, let end = memchr(base + start, 0, chunk.count - start) {
            let length = UnsafeRawPointer(end) - (base + start)
            body(UnsafeRawBufferPointer(start: base + start, count: length), start)
            start += length + 1
        }
        return start
    }

    /// Reads an extent piece by piece.
    ///
    /// `body` receives a piece and its offset in the extent, and returns how many bytes it has used; the rest is part of the next
    /// piece. A piece of which nothing is used is skipped.
    func chunks(
        of extent: Extent,
        _ body: (UnsafeRawBufferPointer, Int) -> Int
    ) throws(Failure) {
        let size = min(Self.chunkSize, extent.size)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        defer { buffer.deallocate() }
        var offset = 0
        while offset < extent.size {
            let count = min(size, extent.size - offset)
            let chunk = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
            guard fill(chunk, from: extent.offset + offset) else { throw .damaged }
            let done = body(UnsafeRawBufferPointer(chunk), offset)
            offset += done > 0 ? done : count
        }
    }
}

extension Collection where Element == UInt8, Index == Int {
    /// Returns the integer at `offset` from the start, least significant byte first; the caller has checked the length.
    func load<Value: FixedWidthInteger & UnsignedInteger>(_ offset: Int, as type: Value.Type) -> Value {
        var value: Value = 0
        for byte in (0..<MemoryLayout<Value>.size).reversed() {
            value = value << 8 | Value(self[startIndex + offset + byte])
        }
        return value
    }
}
