import Glibc
import SystemPackage

/// A table of the reference documentation that is made from the code.
///
/// It stands behind the line `<!-- mark -->`. Tests with `GOLDEN=write` in the environment write it anew.
package struct DocumentedTable {
    private let path: FilePath
    private let mark: String

    /// A table in a file of `Documentation.docc/Reference`.
    package init(_ file: String, mark: String) {
        path = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
            .appending("Sources/ClassTracking/Documentation.docc/Reference").appending(file)
        self.mark = "<!-- \(mark) -->"
    }

    /// The lines that differ from those of `table`, as `- documented` and `+ in the code`.
    package func differences(to table: [String]) throws -> [String] {
        var lines = try text(of: path).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let begin = lines.firstIndex(of: mark) else { return ["- no line \(mark) in \(path)"] }
        let rest = lines[(begin + 1)...]
        let end = rest.firstIndex { !$0.hasPrefix("|") } ?? rest.endIndex
        if getenv("GOLDEN").map({ String(cString: $0) }) == "write" {
            lines.replaceSubrange(begin + 1..<end, with: table)
            try write(lines)
            return []
        }
        let documented = Array(lines[begin + 1..<end])
        return documented == table
            ? []
            : documented.filter { !table.contains($0) }.map { "- \($0)" }
                + table.filter { !documented.contains($0) }.map { "+ \($0)" } + ["in another order"]
    }

    private func write(_ lines: [String]) throws {
        let file = try FileDescriptor.open(path, .writeOnly, options: [.truncate, .closeOnExec])
        _ = try file.closeAfter { try file.writeAll(lines.joined(separator: "\n").utf8) }
    }
}
