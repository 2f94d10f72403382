internal import Glibc

extension SymbolFile {
    /// The largest size of sections that are read at once, and are in memory as long as they are searched.
    private static let maximumSections = 64 << 20

    /// Returns the functions that contain addresses.
    ///
    /// - Parameter addresses: The addresses in the file.
    /// - Returns: The symbols of the functions that have one.
    /// - Throws: `Failure` if the file cannot be read.
    package func functions(at addresses: [UInt64]) throws(Failure) -> [UInt64: String] {
        let wanted = addresses.sorted()
        guard let least = wanted.first, let greatest = wanted.last else { return [:] }
        let (symbols, strings) = try symbolSections()
        var names: [UInt64: Int] = [:]
        try chunks(of: symbols) { chunk, _ in
            let end = chunk.count - chunk.count % 24
            for start in stride(from: 0, to: end, by: 24) {
                // 2 is STT_FUNC.
                guard chunk[start + 4] & 0xf == 2 else { continue }
                let address = chunk.loadUnaligned(fromByteOffset: start + 8, as: UInt64.self)
                let size = chunk.loadUnaligned(fromByteOffset: start + 16, as: UInt64.self)
                guard address <= greatest, address &+ max(1, size) > least else { continue }
                let name = Int(chunk.loadUnaligned(fromByteOffset: start, as: UInt32.self))
                for address in wanted
                where address &- chunk.loadUnaligned(fromByteOffset: start + 8, as: UInt64.self) < size {
                    names[address] = name
                }
            }
            return end
        }
        var texts: [UInt64: String] = [:]
        for (address, offset) in names where offset < strings.size {
            let extent = Extent(offset: strings.offset + offset, size: min(4096, strings.size - offset))
            let bytes = try bytes(extent).prefix { $0 != 0 }
            texts[address] = String(decoding: bytes, as: UTF8.self)
        }
        return texts
    }

    /// Returns the bytes of sections, in the order of their names; none for a section that does not exist or is compressed.
    ///
    /// - Throws: `Failure.tooLarge` if they would take too much memory.
    package func sections(named names: [String]) throws(Failure) -> FileSections {
        let (sections, texts) = try sectionTable()
        var found = names.map { _ in Extent(offset: 0, size: 0) }
        for section in sections {
            let start = Int(section.load(0, as: UInt32.self))
            guard start < texts.count else { continue }
            let name = String(decoding: texts[start...].prefix { $0 != 0 }, as: UTF8.self)
            // 0x800 is SHF_COMPRESSED.
            guard let index = names.firstIndex(of: name), section.load(8, as: UInt64.self) & 0x800 == 0 else {
                continue
            }
            found[index] = try extent(section.load(24, as: UInt64.self), section.load(32, as: UInt64.self))
        }
        guard found.reduce(0, { $0 + $1.size }) <= Self.maximumSections else { throw .tooLarge }
        guard let contents = FileSections(sizes: found.map(\.size)) else { throw .tooLarge }
        for (index, extent) in found.enumerated() {
            guard fill(contents.buffers[index], from: extent.offset) else { throw .damaged }
        }
        return contents
    }

    private func sectionTable() throws(Failure) -> (sections: [ArraySlice<UInt8>], names: [UInt8]) {
        let header = try header()
        guard header.load(58, as: UInt16.self) == 64 else { throw .damaged }
        let sections = try table(
            header.load(40, as: UInt64.self),
            count: header.load(60, as: UInt16.self),
            entrySize: 64
        )
        let index = Int(header.load(62, as: UInt16.self))
        guard index < sections.count else { throw .stripped }
        let extent = try extent(sections[index].load(24, as: UInt64.self), sections[index].load(32, as: UInt64.self))
        guard extent.size <= 1 << 20 else { throw .damaged }
        return (sections, try bytes(extent))
    }
}

extension ImageSymbols {
    /// Opens the file from which an image was loaded, if it is still the one in memory.
    package static func withFile(of image: LoadedImage, at address: UInt, _ body: (borrowing SymbolFile) -> Void) {
        guard let file = try? SymbolFile(of: image),
            (try? isSame(file, image, address)) == true
        else { return }
        body(file)
    }
}

/// The bytes of sections, in memory that is returned to the kernel afterwards.
///
/// After large blocks of malloc were freed, malloc would keep more freed memory in the whole process.
package struct FileSections: ~Copyable {
    fileprivate let buffers: [UnsafeMutableRawBufferPointer]
    private let memory: UnsafeMutableRawPointer
    private let size: Int

    /// Maps the memory; `nil` if there is none.
    fileprivate init?(sizes: [Int]) {
        size = max(1, sizes.reduce(0, +))
        // All of it is filled, and a fault for each page would take longer.
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE
        guard let memory = mmap(nil, size, PROT_READ | PROT_WRITE, flags, -1, 0), memory != MAP_FAILED else {
            return nil
        }
        self.memory = memory
        var buffers: [UnsafeMutableRawBufferPointer] = []
        var offset = 0
        for size in sizes {
            buffers.append(UnsafeMutableRawBufferPointer(start: memory + offset, count: size))
            offset += size
        }
        self.buffers = buffers
    }

    deinit { munmap(memory, size) }

    /// Calls `body` with the bytes of each section, which are valid until it returns.
    package func withBytes<Result>(_ body: ([UnsafeRawBufferPointer]) -> Result) -> Result {
        body(buffers.map { UnsafeRawBufferPointer($0) })
    }
}
