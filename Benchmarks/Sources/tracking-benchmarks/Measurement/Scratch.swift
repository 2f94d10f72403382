import CBenchmarkPeers
import ClassTracking
import Glibc

/// A directory of its own below `TMPDIR`, removed with everything in it.
final class Scratch {
    let directory: FilePath

    init() {
        let root = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(root)/class-tracker-benchmark.XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { fail("no directory in \(root): \(Errno(rawValue: errno))") }
        directory = FilePath(String(cString: made))
    }

    deinit {
        clear()
        rmdir(directory.string)
    }

    func path(_ name: String) -> FilePath { directory.appending(name) }

    /// Removes all files.
    func clear() {
        guard let listing = opendir(directory.string) else { return }
        defer { closedir(listing) }
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { unlink(path(name).string) }
        }
    }
}

/// A datagram socket in journald's place.
final class FakeJournal {
    let path: String
    private let descriptor: Int32

    init(in scratch: Scratch) {
        path = scratch.path("journal.socket").string
        descriptor = bp_datagram_socket(path)
        guard descriptor >= 0 else { fail("no socket at \(path): \(Errno(rawValue: -descriptor))") }
    }

    deinit {
        // Not closed: the draining thread may sit in it.
        unlink(path)
    }

    /// Reads everything from now on, on a thread of its own.
    func drain() {
        let error = bp_drain(descriptor)
        guard error == 0 else { fail("no thread: \(Errno(rawValue: error))") }
    }

    /// The next datagram.
    func receive() -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 8192)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return Array(buffer.prefix(max(0, count)))
    }
}
