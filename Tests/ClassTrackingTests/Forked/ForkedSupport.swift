import Glibc
import SystemPackage
import TrackingTestSupport

@testable import ClassTracking

/// A tracker whose forked snapshots are not refused: a test runner is large, and the machine may be busy.
func forkingTracker(
    _ sink: MemorySink = MemorySink(),
    _ change: (inout ClassTracker.Configuration) -> Void = { _ in }
) -> ClassTracker {
    makeTracker(sink) {
        $0.pauseBudget = .seconds(10)
        change(&$0)
    }
}

enum Directory {
    static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            )
        }
        return names
    }
}

func contents(of path: String) -> String {
    guard let file = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) else { return "" }
    defer { try? file.close() }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while let count = buffer.withUnsafeMutableBytes({ try? file.read(into: $0) }), count > 0 {
        text += buffer[..<count]
    }
    return String(decoding: text, as: UTF8.self)
}

/// The state of a process, `Z` for one that has ended and was not waited for; `nil` where there is none.
func state(of process: pid_t) -> (letter: Character, parent: pid_t)? {
    let text = contents(of: "/proc/\(process)/stat")
    guard let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[end...].split(separator: " ")
    guard fields.count > 2, let letter = fields[1].first, let parent = pid_t(fields[2]) else { return nil }
    return (letter, parent)
}

/// Copies of this process by their name, which they have from their beginning to their being waited for.
func copiesOfThisProcess() -> [pid_t] {
    Directory.names(in: "/proc").compactMap { pid_t($0) }
        .filter { state(of: $0)?.parent == getpid() && contents(of: "/proc/\($0)/comm") == "class-tracker\n" }
}

/// A list so long that it takes a copy some time to walk along.
final class Link {
    var next: Link?

    static func list(_ count: Int) -> Link {
        let first = Link()
        var last = first
        for _ in 0..<count {
            let link = Link()
            last.next = link
            last = link
        }
        return first
    }

    deinit {
        // Not one in the other: a list is longer than a stack.
        while let link = next {
            next = link.next
            link.next = nil
        }
    }
}
