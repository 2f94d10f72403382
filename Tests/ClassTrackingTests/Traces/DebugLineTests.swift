import CTrackingRuntime
import Testing
import TrackingTestSupport

@Suite("Lines of code")
struct DebugLineTests {
    @Test("Addresses have the lines of their rows, of DWARF 4 and 5", arguments: [4, 5] as [UInt8])
    func lines(version: UInt8) {
        let tables = LineTables(version: version)
        let found = tables.find([0x0fff, 0x1000, 0x1003, 0x1004, 0x1015, 0x1016, 0x10ff, 0x1100, 0x2000, 0x2001])
        #expect(found.map(\.line) == [0, 10, 10, 12, 12, 400, 400, 0, 7, 0])
        #expect(found[1].path == "src/main.swift")
        #expect(found[5].path == "src/other.swift")
    }

    @Test("What the compiler made up has the line before it, and is told", arguments: [4, 5] as [UInt8])
    func madeUp(version: UInt8) {
        let found = LineTables(version: version).find([0x3000, 0x3003, 0x3004, 0x3007, 0x3008, 0x300b])
        #expect(found.map(\.line) == [5, 5, 5, 5, 6, 6])
        #expect(found.map(\.isMadeUp) == [false, false, true, true, false, false])
    }

    @Test("Whatever bytes change, nothing outside of the sections is read", arguments: [4, 5] as [UInt8])
    func damage(version: UInt8) {
        let tables = LineTables(version: version)
        var generator = SeededGenerator(seed: UInt64(version))
        var found = 0
        for _ in 0..<20_000 {
            var damaged = tables
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<damaged.lines.count, using: &generator)
                damaged.lines[place] = Bool.random(using: &generator) ? .random(in: 0...255, using: &generator) : 0xFF
            }
            if Bool.random(using: &generator) { damaged.lines.removeLast(.random(in: 1...20, using: &generator)) }
            if Int.random(in: 0..<4, using: &generator) == 0 { _ = damaged.strings.popLast() }
            found += damaged.find([0x1000, 0x1004, 0x1016, 0x2000]).count { $0.line > 0 }
        }
        // Most of the damage is to one of the two sequences, or to nothing that is asked for.
        #expect(found > 20_000)
    }

    @Test("A table cut off anywhere gives what is whole", arguments: [4, 5] as [UInt8])
    func cut(version: UInt8) {
        let tables = LineTables(version: version)
        for count in 0..<tables.lines.count {
            var cut = tables
            cut.lines.removeLast(cut.lines.count - count)
            let lines = cut.find([0x1000, 0x2000]).map(\.line)
            #expect([0, 10].contains(lines[0]) && [0, 7].contains(lines[1]))
        }
    }
}

/// Sequences of rows, by the letter of the standard (DWARF 5, section 6.2).
struct LineTables {
    var lines: [UInt8] = []
    var strings: [UInt8] = []

    init(version: UInt8) {
        var header: [UInt8] = [1, 1, 1, UInt8(bitPattern: -5), 14, 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1]
        if version == 5 {
            let offsets = ["build", "src", "main.swift", "other.swift"]
                .map { text in
                    defer { strings += Array(text.utf8) + [0] }
                    return UInt32(strings.count)
                }
            header += [1, 1, 0x1F, 2] + bytes(offsets[0]) + bytes(offsets[1])
            header += [2, 1, 0x1F, 2, 0x0B, 3]
            header += bytes(offsets[2]) + [1] + bytes(offsets[2]) + [1] + bytes(offsets[3]) + [1]
        } else {
            header += Array("src".utf8) + [0, 0]
            for name in ["main.swift", "other.swift"] { header += Array(name.utf8) + [0, 1, 0, 0] }
            header += [0]
        }
        // Line 10 at 0x1000; by a special opcode 4 bytes and 2 lines on; by const_add_pc and others 0x12 on, in another
        // file; to 0x1100.
        var program: [UInt8] = [0, 9, 2] + bytes(UInt64(0x1000)) + [3, 9, 1]
        program += [UInt8(13 + (2 + 5) + 14 * 4)]
        program += [8, 9, 1, 0, 4, 2, 3] + signed(388) + [1]
        program += [2] + unsigned(0x1100 - 0x1016) + [0, 1, 1]
        program += [0, 9, 2] + bytes(UInt64(0x2000)) + [3] + signed(6) + [1, 2, 1, 0, 1, 1]
        // Line 5 at 0x3000, none from 0x3004 on, line 6 from 0x3008 on.
        program += [0, 9, 2] + bytes(UInt64(0x3000)) + [3] + signed(4) + [1, 2, 4, 3] + signed(-5) + [1, 2, 4, 3]
        program += signed(6) + [1, 2, 4, 0, 1, 1]
        var body: [UInt8] = [version, 0]
        if version == 5 { body += [8, 0] }
        body += bytes(UInt32(header.count)) + header + program
        lines = bytes(UInt32(body.count)) + body
    }

    /// Looks addresses up in sections that end where the memory does.
    func find(_ addresses: [UInt64]) -> [(line: Int, path: String?, isMadeUp: Bool)] {
        let (guardedLines, guardedStrings) = (GuardedBytes(lines), GuardedBytes(strings))
        var wanted = addresses.map { ct_line(address: $0, line: 0, is_made_up: 0, directory: nil, file: nil) }
        ct_find_lines(guardedLines.section, guardedStrings.section, guardedStrings.section, &wanted, wanted.count)
        return wanted.map { line in
            let file = line.file.map { String(cString: $0) }
            let directory = line.directory.map { String(cString: $0) + "/" } ?? ""
            return (Int(line.line), file.map { directory + $0 }, line.is_made_up != 0)
        }
    }
}
