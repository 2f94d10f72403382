import CTrackingRuntime

/// The sections of a file with a unit that has code, and one that it refers to; by the letter of the standard (DWARF 4 and
/// 5, section 7.5).
struct InlineSections {
    /// An attribute of an entry.
    struct Attribute {
        var name: UInt
        var form: UInt
        var bytes: [UInt8] = []
        /// What stands in the abbreviation.
        var constant: Int?
    }

    /// By their places in `ct_debug_sections`: `.debug_info`, `.debug_abbrev`, `.debug_ranges`, `.debug_rnglists`,
    /// `.debug_addr`, `.debug_str_offsets`, `.debug_str`, `.debug_line_str`, `.debug_line`.
    var sections = [[UInt8]](repeating: [], count: 9)
    let version: UInt8
    private var unit = 0
    private var codes: UInt = 0
    private var lists = 0
    private static let listRoom = 8

    private var isFive: Bool { version == 5 }

    init(version: UInt8) {
        self.version = version
        let tables = LineTables(version: version)
        sections[8] = tables.lines
        sections[7] = tables.strings
        // Headers that bases lead behind.
        sections[4] = bytes(UInt32(44)) + [5, 0, 8, 0]
        sections[5] = bytes(UInt32(44)) + [5, 0, 0, 0]
    }

    // MARK: - Units

    /// Begins a unit, of DW_UT_compile or another kind.
    mutating func begin(kind: UInt8 = 1, _ attributes: [Attribute]) {
        unit = sections[0].count
        codes = 0
        sections[0] += bytes(UInt32(0)) + [version, 0]
        let abbreviations = bytes(UInt32(sections[1].count))
        sections[0] += isFive ? [kind, 8] + abbreviations : abbreviations + [8]
        var attributes = attributes
        if isFive {
            for (base, place) in [(0x72, 8), (0x73, 8), (0x74, 12)] as [(UInt, UInt32)] {
                attributes.append(Attribute(name: base, form: 0x17, bytes: bytes(place)))
            }
        }
        entry(0x11, attributes, hasChildren: true)
    }

    mutating func end() {
        sections[0] += [0]
        sections[1] += [0]
        sections[0].replaceSubrange(unit..<unit + 4, with: bytes(UInt32(sections[0].count - unit - 4)))
    }

    /// - Returns: Where in the section the entry stands.
    @discardableResult
    mutating func entry(_ tag: UInt, _ attributes: [Attribute], hasChildren: Bool = false) -> Int {
        codes += 1
        sections[1] += unsigned(codes) + unsigned(tag) + [hasChildren ? 1 : 0]
        let place = sections[0].count
        sections[0] += unsigned(codes)
        for attribute in attributes {
            sections[1] += unsigned(attribute.name) + unsigned(attribute.form)
            if let constant = attribute.constant { sections[1] += signed(constant) }
            sections[0] += attribute.bytes
        }
        sections[1] += [0, 0]
        return place
    }

    /// Ends the children of an entry.
    mutating func close() { sections[0] += [0] }

    // MARK: - Attributes

    mutating func text(_ name: UInt, _ text: String) -> Attribute {
        let offset = bytes(UInt32(sections[6].count))
        sections[6] += Array(text.utf8) + [0]
        guard isFive else { return Attribute(name: name, form: 0x0E, bytes: offset) }
        sections[5] += offset
        return Attribute(name: name, form: 0x25, bytes: [UInt8((sections[5].count - 12) / 4)])
    }

    mutating func address(_ name: UInt, _ address: UInt64) -> Attribute {
        guard isFive else { return Attribute(name: name, form: 0x01, bytes: bytes(address)) }
        return Attribute(name: name, form: 0x1B, bytes: unsigned(index(of: address)))
    }

    /// The place of an address in `.debug_addr`.
    mutating func index(of address: UInt64) -> UInt {
        sections[4] += bytes(address)
        return UInt((sections[4].count - 16) / 8)
    }

    mutating func code(_ range: Range<UInt64>) -> [Attribute] {
        [
            address(0x11, range.lowerBound),
            Attribute(name: 0x12, form: 0x06, bytes: bytes(UInt32(range.upperBound - range.lowerBound))),
        ]
    }

    /// A list of ranges, which are given to the base address of the unit in DWARF 4.
    mutating func ranges(_ ranges: [Range<UInt64>], base: UInt64) -> Attribute {
        var list: [UInt8] = []
        if isFive {
            for range in ranges {
                list += [4] + unsigned(UInt(range.lowerBound - base)) + unsigned(UInt(range.upperBound - base))
            }
            return self.list(list + [0])
        }
        for range in ranges { list += bytes(range.lowerBound - base) + bytes(range.upperBound - base) }
        defer { sections[2] += list + bytes(UInt64(0)) + bytes(UInt64(0)) }
        return Attribute(name: 0x55, form: 0x17, bytes: bytes(UInt32(sections[2].count)))
    }

    /// A list of ranges of DWARF 5, by its number.
    mutating func list(_ list: [UInt8]) -> Attribute {
        if sections[3].isEmpty {
            sections[3] = bytes(UInt32(0)) + [5, 0, 8, 0] + bytes(UInt32(Self.listRoom))
            sections[3] += [UInt8](repeating: 0, count: 4 * Self.listRoom)
        }
        let place = 12 + 4 * lists
        let offset: [UInt8] = bytes(UInt32(sections[3].count - 12))
        sections[3].replaceSubrange(place..<place + 4, with: offset)
        sections[3] += list
        defer { lists += 1 }
        return Attribute(name: 0x55, form: 0x23, bytes: [UInt8(lists)])
    }

    /// An attribute that refers to an entry, as DW_FORM_ref4, which is relative to the unit, or as DW_FORM_ref_addr.
    func reference(_ name: UInt, _ place: Int, form: UInt = 0x13) -> Attribute {
        Attribute(name: name, form: form, bytes: bytes(UInt32(form == 0x13 ? place - unit : place)))
    }

    /// Where an inlined call was made.
    func call(file: UInt8, line: UInt16) -> [Attribute] {
        [
            Attribute(name: 0x58, form: 0x0B, bytes: [file]), Attribute(name: 0x59, form: 0x05, bytes: bytes(line)),
            Attribute(name: 0x57, form: 0x0B, bytes: [9]),
        ]
    }

    // MARK: - Search

    struct Found: Equatable {
        var isInFunction = false
        var isCut = false
        /// `function at directory/file:line`, innermost first.
        var calls: [String] = []
    }

    /// Looks addresses up in sections that end where the memory does.
    func find(_ addresses: [UInt64]) -> [Found] {
        let guarded = sections.map(GuardedBytes.init)
        let parts = guarded.map(\.section)
        var sections = ct_debug_sections(
            info: parts[0],
            abbreviations: parts[1],
            ranges: parts[2],
            range_lists: parts[3],
            addresses: parts[4],
            string_offsets: parts[5],
            strings: parts[6],
            line_strings: parts[7],
            lines: parts[8]
        )
        var wanted = addresses.map { ct_inlines(address: $0, function: 0, count: 0, is_cut: 0) }
        var calls = [ct_inlined_call](repeating: ct_inlined_call(), count: wanted.count * CT_INLINED_CALLS)
        ct_find_inlines(&sections, &wanted, &calls, wanted.count)
        return wanted.enumerated()
            .map { index, inlines in
                let start = index * CT_INLINED_CALLS
                return Found(
                    isInFunction: inlines.function != 0,
                    isCut: inlines.is_cut != 0,
                    calls: calls[start..<start + Int(inlines.count)].map(description)
                )
            }
    }

    private func description(_ call: ct_inlined_call) -> String {
        let function = call.function.map { String(cString: $0) } ?? "?"
        guard call.line > 0 else { return function }
        let directory = call.directory.map { String(cString: $0) + "/" } ?? ""
        return "\(function) at \(directory)\(call.file.map { String(cString: $0) } ?? "?"):\(call.line)"
    }
}
