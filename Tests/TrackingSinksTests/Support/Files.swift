import Glibc
import SystemPackage
import TrackingRecords
import TrackingTestSupport

extension TemporaryDirectory {
    /// The file that most tests write.
    var file: FilePath { path.appending("memory.jsonl") }

    func appending(_ name: String) -> FilePath { path.appending(name) }
}

/// The content of a file; empty where there is none.
func content(_ path: FilePath) -> [UInt8] { (try? bytes(of: path)) ?? [] }

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

extension FileIdentity {
    /// What a number means, whoever opened it.
    init?(of number: Int32) {
        var status = stat()
        guard fstat(number, &status) == 0 else { return nil }
        self.init(status)
    }
}
