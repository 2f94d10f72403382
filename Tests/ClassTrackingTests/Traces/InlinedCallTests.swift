import CTrackingRuntime
import Testing
import TrackingTestSupport

@Suite("Inlined calls")
struct InlinedCallTests {
    private typealias Attribute = InlineSections.Attribute

    private static let versions: [UInt8] = [4, 5]
    private let addresses: [UInt64] = [0x0fff, 0x1000, 0x1010, 0x1025, 0x1030, 0x1050, 0x1065, 0x1100, 0x2004, 0x3000]

    /// A function with a call that is inlined in two pieces, with another in it; one that nobody asks for; and one with
    /// calls of a function that another unit has.
    private func sections(_ version: UInt8) -> InlineSections {
        var sections = InlineSections(version: version)
        sections.begin(kind: 3, [Attribute(name: 0x03, form: 0x08, bytes: Array("other unit".utf8) + [0])])
        let far = sections.entry(0x2E, [sections.text(0x6E, "far"), Attribute(name: 0x20, form: 0x0B, bytes: [1])])
        sections.end()

        let lineTable = Attribute(name: 0x10, form: 0x17, bytes: bytes(UInt32(0)))
        sections.begin([lineTable, sections.address(0x11, 0x1000), sections.ranges([0x1000..<0x4000], base: 0x1000)])
        sections.entry(0x24, everyForm(version))
        let declaration = sections.entry(0x2E, [sections.text(0x03, "outer"), Attribute(name: 0x3C, form: 0x19)])
        let outer = sections.entry(0x2E, [sections.reference(0x47, declaration), Attribute(name: 0x20, form: 0x19)])
        let inner = sections.entry(0x2E, [sections.text(0x03, "short"), sections.text(0x6E, "inner")])

        sections.entry(0x2E, sections.code(0x1000..<0x1100), hasChildren: true)
        sections.entry(0x0B, sections.code(0x1000..<0x1080), hasChildren: true)
        let pieces = sections.ranges([0x1010..<0x1040, 0x1060..<0x1070], base: 0x1000)
        let call = sections.call(file: 2, line: 20)
        sections.entry(0x1D, [sections.reference(0x31, outer), pieces] + call, hasChildren: true)
        let range = sections.code(0x1020..<0x1030)
        sections.entry(0x1D, [sections.reference(0x31, inner)] + range + sections.call(file: 1, line: 310))
        for _ in 0..<3 { sections.close() }

        // Nobody asks for it: what is in it is passed over by its sibling.
        let skipped = sections.code(0x2F00..<0x2F10)
        let start = sections.entry(
            0x2E,
            [Attribute(name: 0x01, form: 0x13, bytes: bytes(UInt32(0)))] + skipped,
            hasChildren: true
        )
        sections.entry(0x1D, [sections.reference(0x31, inner)] + sections.code(0x2000..<0x2010))
        sections.close()
        sections.setSibling(of: start)

        sections.entry(0x2E, sections.code(0x2000..<0x2010), hasChildren: true)
        sections.entry(0x1D, [sections.reference(0x31, far, form: 0x10)] + sections.code(0x2000..<0x2010))
        sections.close()
        // Told once more, as of what the linker kept one copy of.
        sections.entry(0x2E, sections.code(0x1000..<0x1100), hasChildren: true)
        sections.entry(0x1D, [sections.reference(0x31, inner)] + sections.code(0x1000..<0x1100))
        sections.close()
        sections.end()
        return sections
    }

    /// What has to be passed over.
    private func everyForm(_ version: UInt8) -> [Attribute] {
        let four: [UInt8] = [1, 2, 3, 4]
        var forms: [(UInt, [UInt8])] = [
            (0x01, four + four), (0x03, [2, 0, 9, 9]), (0x04, [1, 0, 0, 0, 9]), (0x05, [1, 2]), (0x06, four),
            (0x07, four + four), (0x08, [65, 0]), (0x09, [3, 9, 9, 9]), (0x0A, [1, 9]), (0x0B, [1]), (0x0C, [1]),
            (0x0D, signed(-300)), (0x0E, four), (0x0F, unsigned(300)), (0x10, four), (0x11, [1]), (0x12, [1, 2]),
            (0x13, four), (0x14, four + four), (0x15, unsigned(300)), (0x16, [0x05, 1, 2]),
            (0x16, [0x0F] + unsigned(300)), (0x17, four), (0x18, [2, 9, 9]), (0x19, []), (0x20, four + four),
            (0x1F01, unsigned(300)),
            (0x1F02, unsigned(300)), (0x1F20, four), (0x1F21, four),
        ]
        if version == 5 {
            forms += [
                (0x1A, unsigned(300)), (0x1B, unsigned(300)), (0x1C, four), (0x1D, four),
                (0x1E, four + four + four + four), (0x1F, four), (0x22, unsigned(300)), (0x23, unsigned(300)),
                (0x24, four + four), (0x25, [1]),
                (0x26, [1, 2]), (0x27, [1, 2, 3]), (0x28, four), (0x29, [1]), (0x2A, [1, 2]), (0x2B, [1, 2, 3]),
                (0x2C, four),
            ]
        }
        let attributes = forms.map { Attribute(name: 0x3FFF, form: $0.0, bytes: $0.1) }
        return version == 5 ? attributes + [Attribute(name: 0x3FFF, form: 0x21, constant: -1000)] : attributes
    }

    @Test("Addresses are in the calls whose code they are, of DWARF 4 and 5", arguments: versions)
    func chains(version: UInt8) {
        let found = sections(version).find(addresses)
        let outer = "outer at src/other.swift:20"
        let inner = "inner at src/main.swift:310"
        #expect(found.map(\.calls) == [[], [], [outer], [inner, outer], [outer], [], [outer], [], ["far"], []])
        #expect(found.map(\.isInFunction) == [false, true, true, true, true, true, true, false, true, false])
    }

    @Test("Ranges may be written in each way", arguments: 0..<7)
    func rangeEntries(kind: Int) {
        var sections = InlineSections(version: 5)
        let whole = sections.list([7] + bytes(UInt64(0x1000)) + unsigned(0x100) + [0])
        sections.begin([sections.address(0x11, 0x1000), whole])
        sections.entry(0x2E, sections.code(0x1000..<0x1100), hasChildren: true)
        let (low, high) = (sections.index(of: 0x1010), sections.index(of: 0x1020))
        let (address, end) = (bytes(UInt64(0x1010)), bytes(UInt64(0x1020)))
        let list: [UInt8] =
            switch kind {
            case 0: [1] + unsigned(low) + [4, 0, 16]
            case 1: [2] + unsigned(low) + unsigned(high)
            case 2: [3] + unsigned(low) + [16]
            case 3: [4, 16, 32]
            case 4: [5] + address + [4, 0, 16]
            case 5: [6] + address + end
            default: [7] + address + [16]
            }
        sections.entry(0x1D, [sections.text(0x03, "call"), sections.list(list + [0])])
        sections.close()
        sections.end()
        #expect(sections.find([0x100f, 0x1010, 0x101f, 0x1020]).map(\.calls) == [[], ["call"], ["call"], []])
    }

    @Test("A pair of DWARF 4 may set the base of those after it")
    func baseSelection() {
        var sections = InlineSections(version: 4)
        sections.begin(sections.code(0x1000..<0x1100))
        sections.entry(0x2E, sections.code(0x1000..<0x1100), hasChildren: true)
        let list = sections.ranges([0x5..<0x6], base: 0)
        sections.sections[2] = [UInt8](repeating: 0xFF, count: 8) + bytes(UInt64(0x1010)) + sections.sections[2]
        sections.entry(0x1D, [sections.text(0x03, "call"), list])
        sections.close()
        sections.end()
        #expect(sections.find([0x1005, 0x1014, 0x1015, 0x1016]).map(\.calls) == [[], [], ["call"], []])
    }

    @Test("Of calls in each other the outer ones are told, as many as fit", arguments: versions)
    func depth(version: UInt8) {
        for count in [CT_INLINED_CALLS, CT_INLINED_CALLS + 1, 60] {
            var sections = InlineSections(version: version)
            sections.begin(sections.code(0x1000..<0x1100))
            sections.entry(0x2E, sections.code(0x1000..<0x1100), hasChildren: true)
            let name = sections.text(0x03, "call")
            for line in 1...count {
                let call = sections.call(file: 1, line: UInt16(line))
                let low = Attribute(name: 0x11, form: 0x01, bytes: bytes(UInt64(0x1010)))
                let high = Attribute(name: 0x12, form: 0x0B, bytes: [1])
                sections.entry(0x1D, [name, low, high] + call, hasChildren: true)
            }
            for _ in 0...count { sections.close() }
            sections.end()
            let found = sections.find([0x1010])[0]
            #expect(found.isCut == (count > CT_INLINED_CALLS))
            #expect(found.calls == (1...CT_INLINED_CALLS).reversed().map { "call at ?:\($0)" })
        }
    }

    @Test("Whatever bytes change, nothing outside of the sections is read, and the search ends", arguments: versions)
    func damage(version: UInt8) {
        let whole = sections(version)
        var generator = SeededGenerator(seed: UInt64(version))
        var found = 0
        for _ in 0..<10_000 {
            var damaged = whole
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                // Most often the entries and their abbreviations.
                let filled = [0, 0, 1, 1] + damaged.sections.indices
                guard let section = filled.randomElement(using: &generator), !damaged.sections[section].isEmpty
                else { continue }
                let place = Int.random(in: damaged.sections[section].indices, using: &generator)
                if Int.random(in: 0..<8, using: &generator) == 0 {
                    damaged.sections[section].removeSubrange(place...)
                } else {
                    damaged.sections[section][place] =
                        Bool.random(using: &generator) ? .random(in: 0...255, using: &generator) : 0xFF
                }
            }
            found += damaged.find(addresses).count { !$0.calls.isEmpty }
        }
        #expect(found > 10_000)
    }

    @Test("Sections cut off anywhere give what is whole", arguments: versions)
    func cut(version: UInt8) {
        let whole = sections(version)
        let outer = "outer at src/other.swift:20"
        for section in whole.sections.indices {
            for count in whole.sections[section].indices {
                var cut = whole
                cut.sections[section].removeSubrange(count...)
                let calls = cut.find([0x1010])[0].calls
                #expect(calls.isEmpty || calls == [outer] || section > 2, "\(section) to \(count): \(calls)")
            }
        }
        #expect(whole.find([0x1010])[0].calls == [outer])
    }
}

extension InlineSections {
    /// Has the sibling of an entry, its first attribute, be what comes next.
    fileprivate mutating func setSibling(of place: Int) {
        let next = reference(0x01, sections[0].count).bytes
        sections[0].replaceSubrange(place + 1..<place + 5, with: next)
    }
}
