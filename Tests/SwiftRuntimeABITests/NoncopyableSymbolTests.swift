import Foundation
import SwiftRuntimeABI
import Testing

@Suite("Noncopyable fields: symbol files")
final class NoncopyableSymbolTests {
    private let path = NSTemporaryDirectory() + "symbols-\(UUID().uuidString)"

    deinit { unlink(path) }

    private static let buildID: [UInt8] = Array(1...20)
    private static let type = "15Synchronization5MutexVySiG"
    private static let names = [
        "", "main", "get_type_metadata \(type) noncopyable.1", "$s4Main3FooVMn", "get_type_metadata oddity",
    ]

    @Test("Wanted symbols of a file are read")
    func wanted() throws {
        try write(SampleImage(names: Self.names, buildID: Self.buildID).bytes)
        let file = try SymbolFile(path: path)
        #expect(try file.buildID() == Self.buildID)
        var found: [String: UInt64] = [:]
        try file.readSymbols {
            $0.first == UInt8(ascii: "g")
        } visit: { name, address, size in
            #expect(size == 6)
            found[String(decoding: name, as: UTF8.self)] = address
        }
        #expect(found == [Self.names[2]: 0x1020, Self.names[4]: 0x1040])
        let symbols = try ImageSymbols(file: file, bias: 0x10000)
        #expect(symbols.fieldCount == 1)
        // Its descriptor is in no image.
        #expect(symbols.typeCount == 0)
        #expect(symbols.mangledType(at: 0x11020) == Array(Self.type.utf8))
        #expect(symbols.mangledType(at: 0x11021) == nil)
    }

    @Test("Files longer than what is read at once lose no symbol")
    func long() throws {
        let names = (0..<20_000).map { "get_type_metadata 4Main\(1000 + $0)V noncopyable.\($0)" }
        try write(SampleImage(names: names, buildID: Self.buildID).bytes)
        #expect(try ImageSymbols(file: SymbolFile(path: path), bias: 0).fieldCount == names.count)
    }

    @Test("A stripped file says so")
    func stripped() throws {
        try write(SampleImage(names: Self.names, buildID: Self.buildID, isStripped: true).bytes)
        let file = try SymbolFile(path: path)
        #expect(try file.buildID() == Self.buildID)
        #expect(throws: SymbolFile.Failure.stripped) { try ImageSymbols(file: file, bias: 0) }
    }

    @Test("What is no ELF file is refused", arguments: [0, 1, 63, 64, 65, 4096])
    func foreign(length: Int) throws {
        try write([UInt8](repeating: 0x7f, count: length))
        let file = try SymbolFile(path: path)
        #expect(throws: SymbolFile.Failure.damaged) { try file.buildID() }
        #expect(throws: SymbolFile.Failure.damaged) { try ImageSymbols(file: file, bias: 0) }
    }

    @Test("What is no file is refused")
    func noFile() {
        #expect(throws: SymbolFile.Failure.cannotOpen(ENOENT)) { _ = try SymbolFile(path: path) }
        #expect(throws: SymbolFile.Failure.damaged) { _ = try SymbolFile(path: "/") }
        #expect(throws: SymbolFile.Failure.damaged) { _ = try SymbolFile(path: "/dev/null") }
    }

    @Test("A file cut short at any place is refused, or lacks only what was cut off")
    func truncated() throws {
        let whole = SampleImage(names: Self.names, buildID: Self.buildID).bytes
        for length in 0..<whole.count {
            try write(Array(whole[..<length]))
            // The section headers come last, so that no symbols are found without them.
            let file = try SymbolFile(path: path)
            #expect(throws: SymbolFile.Failure.self) { try ImageSymbols(file: file, bias: 0) }
            _ = try? file.buildID()
        }
    }

    @Test("A file with any byte changed is refused, or has no more symbols than before")
    func damaged() throws {
        let whole = SampleImage(names: Self.names, buildID: Self.buildID).bytes
        var (refused, unchanged) = (0, 0)
        for place in whole.indices {
            for value: UInt8 in [0, 1, 0x7f, 0x80, 0xff] {
                var bytes = whole
                bytes[place] = value
                try write(bytes)
                let file = try SymbolFile(path: path)
                #expect((((try? file.buildID()) ?? nil) ?? []).count <= whole.count)
                guard let symbols = try? ImageSymbols(file: file, bias: UInt.max - 0x1000) else {
                    refused += 1
                    continue
                }
                #expect(symbols.fieldCount <= Self.names.count)
                if symbols.mangledType(at: 0x1f) == Array(Self.type.utf8) { unchanged += 1 }
            }
        }
        #expect(refused > 0)
        #expect(unchanged > 0)
    }

    @Test("Only the file that was loaded is read")
    func identity() throws {
        try write(SampleImage(names: Self.names, buildID: Self.buildID).bytes)
        let address = address(HiddenFields.self)
        let same = LoadedImage(bias: 0, path: path, buildID: Self.buildID)
        #expect(ImageSymbols.load(same, at: address)?.fieldCount == 1)
        // Without a build id, what is mapped at the address is the program and not this file.
        for other in [Array(Self.buildID.reversed()), [], nil] {
            #expect(ImageSymbols.load(LoadedImage(bias: 0, path: path, buildID: other), at: address) == nil)
        }
        let program = try #require(LoadedImage(containing: address))
        #expect(try #require(ImageSymbols.load(program, at: address)).fieldCount > 0)
    }

    @Test("The file of a program without a build id is known by its inode")
    func inode() throws {
        let address = address(HiddenFields.self)
        let program = try #require(LoadedImage(containing: address))
        let file = try #require(try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        let fieldCount = ImageSymbols.load(program, at: address)?.fieldCount
        let unnamed = LoadedImage(bias: 0, path: file, buildID: nil)
        let found = ImageSymbols.load(unnamed, at: address)?.fieldCount
        #expect(fieldCount != nil)
        // Some layered file systems show another inode in the list of mappings; then nothing is read.
        #expect([nil, fieldCount].contains(found))
    }

    private func write(_ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }
}

/// An ELF file with a build id and symbols, and nothing else.
private struct SampleImage {
    let bytes: [UInt8]

    init(names: [String], buildID: [UInt8], isStripped: Bool = false) {
        var strings: [UInt8] = [0]
        var symbols: [UInt8] = []
        for (index, name) in names.enumerated() {
            // Defined in section 1, of the type of data, 6 bytes long.
            symbols += Self.words(UInt32(strings.count)) + [1, 0, 1, 0]
            symbols += Self.words(UInt64(0x1000 + index * 16), 6)
            strings += Array(name.utf8) + [0]
        }
        let note = Self.words(UInt32(4), UInt32(buildID.count), 3) + Array("GNU\0".utf8) + buildID
        let noteAt = 64 + 56
        let symbolsAt = noteAt + note.count
        let stringsAt = symbolsAt + symbols.count
        let sectionsAt = stringsAt + strings.count
        var header: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
        header += Self.words(UInt16(3), 62) + Self.words(UInt32(1))
        header += Self.words(UInt64(0), 64, UInt64(sectionsAt)) + Self.words(UInt32(0))
        header += Self.words(UInt16(64), 56, 1, 64, 3, 0)
        let segment =
            Self.words(UInt32(4), 4) + Self.words(UInt64(noteAt), 0, 0, UInt64(note.count), UInt64(note.count), 4)
        let sections =
            Self.section(type: 0, offset: 0, size: 0, link: 0, entrySize: 0)
            + Self.section(type: isStripped ? 1 : 2, offset: symbolsAt, size: symbols.count, link: 2, entrySize: 24)
            + Self.section(type: 3, offset: stringsAt, size: strings.count, link: 0, entrySize: 0)
        bytes = header + segment + note + symbols + strings + sections
    }

    private static func section(type: UInt32, offset: Int, size: Int, link: UInt32, entrySize: UInt64) -> [UInt8] {
        words(UInt32(0), type) + words(UInt64(0), 0, UInt64(offset), UInt64(size)) + words(link, 0)
            + words(UInt64(8), entrySize)
    }

    private static func words<Value: FixedWidthInteger>(_ values: Value...) -> [UInt8] {
        values.flatMap { value in withUnsafeBytes(of: value.littleEndian) { Array($0) } }
    }
}
