import CTrackingRuntime
import Glibc

/// Debug information, section by section.
enum DebugChecks {
    private static let sectionCount = 9

    /// The bytes of each section that addresses are looked up in.
    ///
    /// An input begins with the address that is looked up first and the sizes of the sections, in 16 bits each.
    static func sections(_ input: UnsafeRawBufferPointer) {
        let head = 2 + 2 * sectionCount
        guard input.count >= head else { return }
        func number(_ offset: Int) -> Int { Int(input[offset]) | Int(input[offset + 1]) << 8 }
        var start = head
        // Each in a block of its own, so that a byte read beyond it is noticed.
        let sections = (0..<sectionCount)
            .map { index in
                let count = min(number(2 + 2 * index), input.count - start)
                let section = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
                section.copyMemory(from: UnsafeRawBufferPointer(rebasing: input[start..<start + count]))
                start += count
                return section
            }
        defer { for section in sections { section.deallocate() } }
        let parts = sections.map {
            ct_section(bytes: UnsafePointer($0.assumingMemoryBound(to: UInt8.self).baseAddress), count: $0.count)
        }
        lookUp(from: UInt64(number(0)), parts)
    }

    private static func lookUp(from first: UInt64, _ parts: [ct_section]) {
        let addresses = (0..<8).map { first + $0 * 7 } + [.max]
        var lines = addresses.map { ct_line(address: $0, line: 0, is_made_up: 0, directory: nil, file: nil) }
        ct_find_lines(parts[0], parts[1], parts[2], &lines, lines.count)
        for line in lines { read(line.directory, line.file) }
        var sections = ct_debug_sections(
            info: parts[3],
            abbreviations: parts[4],
            ranges: parts[5],
            range_lists: parts[6],
            addresses: parts[7],
            string_offsets: parts[8],
            strings: parts[2],
            line_strings: parts[1],
            lines: parts[0]
        )
        var inlines = addresses.map { ct_inlines(address: $0, function: 0, count: 0, is_cut: 0) }
        var calls = [ct_inlined_call](repeating: ct_inlined_call(), count: inlines.count * CT_INLINED_CALLS)
        ct_find_inlines(&sections, &inlines, &calls, inlines.count)
        for (index, inlined) in inlines.enumerated() {
            precondition(inlined.count <= UInt32(CT_INLINED_CALLS), "more calls than there is room for")
            for call in calls[(index * CT_INLINED_CALLS)...].prefix(Int(inlined.count)) {
                read(call.function, call.directory, call.file)
            }
        }
    }

    /// Texts end where their section does at the latest.
    private static func read(_ texts: UnsafePointer<CChar>?...) {
        for case let text? in texts { _ = strlen(text) }
    }
}
