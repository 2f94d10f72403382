import Glibc
import SystemPackage

/// A directory of one test, gone with it.
final class TemporaryDirectory: Sendable {
    let path: FilePath

    init() {
        var template = Array("/tmp/class-tracker-test.XXXXXX".utf8CString)
        path = FilePath(mkdtemp(&template).map { String(cString: $0) } ?? "/tmp/none")
    }

    deinit { Self.remove(path) }

    /// The file that most tests write.
    var file: FilePath { path.appending("memory.jsonl") }

    func appending(_ name: String) -> FilePath { path.appending(name) }

    /// Names in the directory, sorted.
    var names: [String] { Self.names(in: path) }

    static func names(in directory: FilePath) -> [String] {
        guard let stream = opendir(directory.string) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
            names.append(
                String(cString: UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self))
            )
        }
        return names.filter { $0 != "." && $0 != ".." }.sorted()
    }

    static func remove(_ path: FilePath) {
        var status = stat()
        guard lstat(path.string, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            for name in names(in: path) { remove(path.appending(name)) }
            rmdir(path.string)
        } else {
            unlink(path.string)
        }
    }
}

// MARK: - Files

/// The content of a file; empty where there is none.
func content(_ path: FilePath) -> [UInt8] {
    guard let file = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) else { return [] }
    defer { try? file.close() }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while let count = try? buffer.withUnsafeMutableBytes({ try file.read(into: $0) }), count > 0 {
        bytes += buffer[..<count]
    }
    return bytes
}

func write(_ text: String, to path: FilePath, appending: Bool = false) throws {
    let options: FileDescriptor.OpenOptions = appending ? [.append, .closeOnExec] : [.create, .truncate, .closeOnExec]
    let file = try FileDescriptor.open(path, .writeOnly, options: options, permissions: [.ownerReadWrite])
    try file.closeAfter { _ = try file.writeAll(text.utf8) }
}

func size(of path: FilePath) -> Int {
    var status = stat()
    return lstat(path.string, &status) == 0 ? Int(status.st_size) : 0
}

func exists(_ path: FilePath) -> Bool {
    var status = stat()
    return lstat(path.string, &status) == 0
}

func rename(_ path: FilePath, to other: FilePath) throws {
    guard Glibc.rename(path.string, other.string) == 0 else { throw Errno(rawValue: errno) }
}

func mkdir(_ path: FilePath, mode: mode_t = 0o700) -> Int32 { Glibc.mkdir(path.string, mode) }
