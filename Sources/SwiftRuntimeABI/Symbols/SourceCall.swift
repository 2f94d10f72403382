package import CTrackingRuntime

/// A call according to the debug information of a file.
package struct SourceCall: Equatable {
    /// `true` for an inlined call, `false` for the enclosing function's own frame.
    package var isInlined = false
    /// The symbol of an inlined function, if it has one.
    package var function: String?
    /// The location of the code in the function.
    package var file: String?
    package var line: Int?

    /// Makes a call at an unknown line.
    package init() {}

    /// Looks up the calls at addresses of a file.
    ///
    /// - Parameters:
    ///   - places: The addresses in the file.
    ///   - file: The file.
    /// - Returns: For each address at least one call, innermost first; the last one is that of the enclosing function.
    /// - Throws: The error that makes the line tables unreadable.
    package static func calls(
        at places: [UInt64],
        in file: borrowing SymbolFile
    ) throws(SymbolFile.Failure) -> [UInt64: [SourceCall]] {
        let lines = try file.sections(named: [".debug_line", ".debug_line_str", ".debug_str"])
        do {
            let inlines = try file.sections(named: [
                ".debug_info", ".debug_abbrev", ".debug_ranges", ".debug_rnglists", ".debug_addr", ".debug_str_offsets",
            ])
            return lines.withBytes { lines in
                inlines.withBytes { calls(at: places, lines.map(ct_section.init), $0.map(ct_section.init)) }
            }
        } catch {
            // If the other sections are too large, lines are found all the same.
            return lines.withBytes { calls(at: places, $0.map(ct_section.init), []) }
        }
    }

    private static func calls(
        at places: [UInt64],
        _ lines: [ct_section],
        _ inlines: [ct_section]
    ) -> [UInt64: [SourceCall]] {
        let places = Set(places).sorted()
        var rows = places.map { ct_line(address: $0, line: 0, is_made_up: 0, directory: nil, file: nil) }
        ct_find_lines(lines[0], lines[1], lines[2], &rows, rows.count)
        guard !inlines.isEmpty else {
            return Dictionary(rows.map { ($0.address, [SourceCall($0)]) }) { first, _ in first }
        }
        var sections = ct_debug_sections(
            info: inlines[0],
            abbreviations: inlines[1],
            ranges: inlines[2],
            range_lists: inlines[3],
            addresses: inlines[4],
            string_offsets: inlines[5],
            strings: lines[2],
            line_strings: lines[1],
            lines: lines[0]
        )
        var wanted = places.map { ct_inlines(address: $0, function: 0, count: 0, is_cut: 0) }
        var found = [ct_inlined_call](repeating: ct_inlined_call(), count: wanted.count * CT_INLINED_CALLS)
        ct_find_inlines(&sections, &wanted, &found, wanted.count)
        var calls: [UInt64: [SourceCall]] = [:]
        for (index, row) in rows.enumerated() {
            let start = index * CT_INLINED_CALLS
            let inlined = found[start..<start + Int(wanted[index].count)]
            calls[row.address] = SourceCall.calls(at: row, in: inlined, isCut: wanted[index].is_cut != 0)
        }
        return calls
    }

    /// Combines the line of an address and the inlined calls that contain it.
    ///
    /// Code that the compiler generated has no line of its own and is omitted, and so is the innermost call if calls
    /// inside it are not known: its line is that of code in them.
    ///
    /// - Parameters:
    ///   - row: The line of the address.
    ///   - inlined: The inlined calls that contain it, innermost first.
    ///   - isCut: Whether calls in the innermost one are missing.
    /// - Returns: The calls, innermost first; the last one is that of the enclosing function.
    package static func calls(
        at row: ct_line,
        in inlined: ArraySlice<ct_inlined_call>,
        isCut: Bool
    ) -> [SourceCall] {
        var calls: [SourceCall] = []
        var place = isCut || row.is_made_up != 0 ? SourceCall() : SourceCall(row)
        for call in inlined {
            if place.line != nil {
                place.isInlined = true
                place.function = call.function.map(String.init(cString:))
                calls.append(place)
            }
            place = SourceCall(line: call.line, directory: call.directory, file: call.file)
        }
        // For a function that is generated as a whole, the line of the preceding code is the best one available.
        if place.line == nil, calls.isEmpty { place = SourceCall(row) }
        calls.append(place)
        return calls
    }
}

extension SourceCall {
    fileprivate init(_ row: ct_line) {
        self.init(line: row.line, directory: row.directory, file: row.file)
    }

    /// Reads the line and the file; neither without the other.
    fileprivate init(line: UInt32, directory: UnsafePointer<CChar>?, file: UnsafePointer<CChar>?) {
        self.init()
        guard line > 0, let name = file.map(String.init(cString:)) else { return }
        let directory = directory.map(String.init(cString:)) ?? ""
        self.file = name.hasPrefix("/") || directory.isEmpty ? name : directory + "/" + name
        self.line = Int(line)
    }
}

extension ct_section {
    fileprivate init(_ bytes: UnsafeRawBufferPointer) {
        self.init(bytes: bytes.assumingMemoryBound(to: UInt8.self).baseAddress, count: bytes.count)
    }
}
