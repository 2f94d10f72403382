import Glibc
package import SystemPackage

/// A directory of one test, gone with it and with all that is in it.
package final class TemporaryDirectory: Sendable {
    package let path: FilePath

    package init() {
        var template = Array("/tmp/class-tracker-test.XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { stop("no directory in /tmp: \(String(cString: strerror(errno)))") }
        path = FilePath(String(cString: made))
    }

    deinit { Self.remove(path) }

    package subscript(name: String) -> FilePath { path.appending(name) }

    /// Names in the directory, sorted.
    package var names: [String] { Self.names(in: path) }

    /// - Returns: The file.
    @discardableResult
    package func write(_ text: String, to name: String, appending: Bool = false) throws -> FilePath {
        let file = self[name]
        let descriptor = try FileDescriptor.open(
            file,
            .writeOnly,
            options: [.create, .closeOnExec, appending ? .append : .truncate],
            permissions: .ownerReadWrite
        )
        try descriptor.closeAfter { _ = try descriptor.writeAll(text.utf8) }
        return file
    }

    package func contents(of name: String) throws -> String { try text(of: self[name]) }

    package static func names(in directory: FilePath) -> [String] {
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

    package static func remove(_ path: FilePath) {
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
