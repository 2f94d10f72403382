import Glibc
package import SystemPackage

/// Writes files that are there as a whole or not at all.
package enum WholeFile {
    /// Writes a text.
    static func write(_ text: String, to path: FilePath) throws(StatsError) {
        try write(to: path) { descriptor throws(StatsError) in try write(text, descriptor, of: path) }
    }

    /// Writes a text that everybody may read, and that is written again soon: what a power failure does to it is no harm,
    /// so that nothing waits for the disk.
    package static func publish(_ text: String, at path: FilePath) throws(StatsError) {
        let (descriptor, temporary) = try open(beside: path)
        do throws(StatsError) {
            defer { try? descriptor.close() }
            try write(text, descriptor, of: path)
            // Whatever the umask is.
            guard fchmod(descriptor.rawValue, 0o644) == 0 else {
                throw .cannotWrite(path: path.string, operation: "publishing", errno: Errno(rawValue: errno))
            }
            try move(temporary, to: path)
        } catch {
            unlink(temporary.string)
            throw error
        }
    }

    private static func write(_ text: String, _ descriptor: FileDescriptor, of path: FilePath) throws(StatsError) {
        do {
            _ = try descriptor.writeAll(text.utf8)
        } catch {
            throw .cannotWrite(path: path.string, operation: "writing", errno: error as? Errno ?? .ioError)
        }
    }

    private static func move(_ temporary: FilePath, to path: FilePath) throws(StatsError) {
        guard rename(temporary.string, path.string) == 0 else {
            throw .cannotWrite(path: path.string, operation: "renaming", errno: Errno(rawValue: errno))
        }
    }

    /// Has a file written under another name, and gives it its own when all of it is on the disk.
    static func write(
        to path: FilePath,
        _ body: (FileDescriptor) throws(StatsError) -> Void
    ) throws(StatsError) {
        let (descriptor, temporary) = try open(beside: path)
        do throws(StatsError) {
            try fill(descriptor, of: path, body)
            try move(temporary, to: path)
        } catch {
            unlink(temporary.string)
            throw error
        }
        // A file system that cannot make the name durable is left at that.
        let parent = path.removingLastComponent()
        guard let directory = try? FileDescriptor.open(parent.isEmpty ? "." : parent, .readOnly) else { return }
        fsync(directory.rawValue)
        try? directory.close()
    }

    private static func fill(
        _ descriptor: FileDescriptor,
        of path: FilePath,
        _ body: (FileDescriptor) throws(StatsError) -> Void
    ) throws(StatsError) {
        do throws(StatsError) {
            try body(descriptor)
            if fsync(descriptor.rawValue) != 0, errno != EINVAL {
                throw .cannotWrite(path: path.string, operation: "writing", errno: Errno(rawValue: errno))
            }
        } catch {
            try? descriptor.close()
            throw error
        }
        do {
            try descriptor.close()
        } catch {
            throw .cannotWrite(path: path.string, operation: "writing", errno: error as? Errno ?? .ioError)
        }
    }

    /// Makes a file that nobody else has, in the same directory: only there a name can be exchanged.
    private static func open(beside path: FilePath) throws(StatsError) -> (FileDescriptor, FilePath) {
        guard let name = path.lastComponent?.string else {
            throw .cannotWrite(path: path.string, operation: "opening", errno: .isDirectory)
        }
        var status = stat()
        // A device or a pipe is not replaced by a file.
        if lstat(path.string, &status) == 0, ![S_IFREG, S_IFLNK].contains(status.st_mode & S_IFMT) {
            let isDirectory = status.st_mode & S_IFMT == S_IFDIR
            throw .cannotWrite(
                path: path.string,
                operation: "opening",
                errno: isDirectory ? .isDirectory : .invalidArgument
            )
        }
        let directory = path.removingLastComponent()
        for _ in 0..<16 {
            let temporary = directory.appending(".\(name).\(UInt32.random(in: 0...UInt32.max)).partial")
            let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
            let descriptor = Glibc.open(temporary.string, flags, 0o640)
            if descriptor >= 0 { return (FileDescriptor(rawValue: descriptor), temporary) }
            guard errno == EEXIST else { break }
        }
        throw .cannotWrite(path: path.string, operation: "opening", errno: Errno(rawValue: errno))
    }
}
