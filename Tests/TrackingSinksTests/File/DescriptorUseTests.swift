import Glibc
import SystemPackage
import Testing
import TrackingTestSupport

/// What runs in a host uses descriptors by `OwnedDescriptor` and `owned_descriptor.h` only, which make sure first that the
/// number still means what was opened.
///
/// Dispatch's are looked for and looked at in `dispatch_descriptors.c`.
@Suite("Descriptors in the sources")
struct DescriptorUseTests {
    /// Calls that take a descriptor or give one, as they are written in Swift and in C; and what does the same in glibc and
    /// swift-system.
    private static let calls: Set<String> = [
        "open", "openat", "creat", "socket", "socketpair", "accept", "accept4", "pipe", "pipe2", "dup", "dup2", "dup3",
        "memfd_create", "eventfd", "timerfd_create", "signalfd", "inotify_init", "inotify_init1", "epoll_create",
        "epoll_create1", "shm_open", "pidfd_open", "close", "closefrom", "close_range", "read", "pread", "readv",
        "preadv",
        "write", "pwrite", "writev", "pwritev", "lseek", "flock", "lockf", "fcntl", "ioctl", "fsync", "fdatasync",
        "sync_file_range", "ftruncate", "fallocate", "posix_fallocate", "fstat", "fstatat", "statx", "fstatfs",
        "fchmod",
        "fchown", "futimens", "utimensat", "readlinkat", "unlinkat", "renameat", "renameat2", "linkat", "symlinkat",
        "mkdirat", "faccessat", "fchdir", "getdents64", "fdopendir", "opendir", "readdir", "closedir", "dirfd", "fopen",
        "fdopen", "fileno", "popen", "connect", "bind", "listen", "send", "sendto", "sendmsg", "recv", "recvfrom",
        "recvmsg",
        "shutdown", "getsockopt", "setsockopt", "getpeername", "getsockname", "epoll_ctl", "epoll_wait", "poll",
        "ppoll",
        "select", "pselect", "sendfile", "splice", "copy_file_range", "fgetxattr", "fsetxattr", "pidfd_send_signal",
    ]
    /// What is a call of the system whatever stands before it.
    private static let types = [
        "FileDescriptor(", "FileDescriptor.", ": FileDescriptor", "SYS_pidfd", "SYS_close_range", "SYS_getdents64",
        "P_PIDFD",
    ]

    private static let owners: Set<String> = ["owned_descriptor.c", "OwnedDescriptor.swift", "dispatch_descriptors.c"]

    @Test("Nothing but the files that own them calls what takes a descriptor")
    func sources() throws {
        let root = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
            .removingLastComponent().appending("Sources")
        var files = 0
        var found: [String] = []
        // A process of its own, the command, has nobody else's descriptors in it.
        for folder in TemporaryDirectory.names(in: root) where folder != "class-tracker" && !folder.hasPrefix(".") {
            for path in Self.files(below: root.appending(folder)) {
                files += 1
                let name = path.lastComponent?.string ?? ""
                if Self.owners.contains(name) { continue }
                let text = String(decoding: try bytes(of: path), as: UTF8.self)
                for use in Self.uses(in: text, isSwift: name.hasSuffix(".swift")) { found.append("\(name): \(use)") }
            }
        }
        #expect(files > 150)
        #expect(found == [])
    }

    @Test(
        "The search finds what it looks for, and nothing else",
        arguments: [
            ("close(descriptor)", true), ("let n = Glibc.write(number, p, 1)", true), ("(void)close(file);", true),
            ("if ((count = read(file, b, 1)) > 0)", true), ("let f = try FileDescriptor.open(path, .readOnly)", true),
            ("sinks.close()", false), ("tracker.write(x)", false), ("// calls close(2) then", false),
            ("func write(_ text: String) {", false), ("try file?.read(into: buffer)", false),
            ("pidfd_send_signal(a)", true), ("mutating func open() throws {", false),
            ("\"closes with close(3)\"", false),
            ("ct_descriptor_close(file);", false), ("let z = self.open(path)", false), ("x = &open(y)", true),
        ]
    )
    func search(line: String, isFound: Bool) {
        #expect(Self.uses(in: line, isSwift: false).isEmpty != isFound, "\(line)")
    }

    private static func files(below directory: FilePath) -> [FilePath] {
        TemporaryDirectory.names(in: directory).filter { !$0.hasPrefix(".") }.sorted()
            .flatMap { name in
                let path = directory.appending(name)
                if ["swift", "c", "h"].contains(path.extension ?? "") { return [path] }
                return path.extension == nil || path.extension == "docc" ? files(below: path) : []
            }
    }

    /// The lines that have a call, without those where a method or a function of ours has the name.
    private static func uses(in text: String, isSwift: Bool) -> [String] {
        // Swift's own methods of the name: `func read(`, and calls of them in the same file without a receiver.
        let own = isSwift ? calls.filter { text.contains("func \($0)(") } : []
        var isComment = false
        return text.split(separator: "\n").map(String.init)
            .filter { line in
                var code = line
                if isComment || code.contains("/*") {
                    isComment = !code.contains("*/")
                    return false
                }
                if let comment = code.firstRange(of: "//") { code.removeSubrange(comment.lowerBound...) }
                let parts = code.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
                code = parts.filter { $0.offset % 2 == 0 }.map { String($0.element) }.joined(separator: " ")
                if types.contains(where: code.contains) { return true }
                return calls.subtracting(own).contains { has($0, in: code) }
                    || own.contains { code.contains("Glibc.\($0)(") }
            }
    }

    private static func has(_ call: String, in code: String) -> Bool {
        code.ranges(of: call + "(")
            .contains { range in
                let before = code[..<range.lowerBound]
                if before.hasSuffix("Glibc.") { return true }
                // What takes nothing is a method of ours.
                if before.hasSuffix("func ") || code[range.upperBound...].hasPrefix(")") { return false }
                guard let last = before.last else { return true }
                return !(last.isLetter || last.isNumber || last == "_" || last == "." || last == "`")
            }
    }
}
