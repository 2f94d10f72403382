import Glibc
import SystemPackage

/// A file with bytes that must not change: what an earlier version wrote.
///
/// A change that is meant is taken over by running the tests with `GOLDEN=write` in the environment, and shows in the commit.
package struct GoldenFile {
    private let path: FilePath

    /// A file in `Tests/Golden`.
    package init(_ name: String) {
        path = FilePath(#filePath).removingLastComponent().removingLastComponent().appending("Golden").appending(name)
    }

    /// The lines that are not empty.
    package func lines() throws -> [String] { try text(of: path).split(separator: "\n").map(String.init) }

    /// The lines that differ from what is written now, each pair as `- before` and `+ now`; empty where all are the same.
    package func differences(to now: [String]) throws -> [String] {
        if getenv("GOLDEN").map({ String(cString: $0) }) == "write" { try write(now) }
        let before = try lines()
        var differences: [String] = []
        for index in 0..<max(before.count, now.count) {
            let pair = (index < before.count ? before[index] : nil, index < now.count ? now[index] : nil)
            if pair.0 == pair.1 { continue }
            if let line = pair.0 { differences.append("- \(line)") }
            if let line = pair.1 { differences.append("+ \(line)") }
        }
        return differences
    }

    private func write(_ lines: [String]) throws {
        let file = try FileDescriptor.open(
            path,
            .writeOnly,
            options: [.create, .truncate, .closeOnExec],
            permissions: [.ownerReadWrite, .groupRead, .otherRead]
        )
        _ = try file.closeAfter { try file.writeAll((lines.joined(separator: "\n") + "\n").utf8) }
    }
}
