import Glibc
package import SystemPackage
import TrackingRecords

/// Writes files that are complete or absent at any time.
package enum WholeFile {
    /// Writes a text.
    static func write(_ text: String, to path: FilePath) throws(StatsError) {
        try write(to: path) { (file: consuming OwnedDescriptor) throws(StatsError) in
            try write(text, file, of: path)
            return file
        }
    }

    /// Writes a text that everybody may read and that is written again soon.
    ///
    /// Nothing waits for the disk: a power failure costs a file that would be replaced anyway.
    package static func publish(_ text: String, at path: FilePath) throws(StatsError) {
        try make(path) { (file: consuming OwnedDescriptor) throws(StatsError) in
            try write(text, file, of: path)
            do throws(Errno) {
                // Independent of the umask.
                try file.setMode(0o644)
            } catch {
                throw .cannotWrite(path: path.string, operation: "publishing", errno: error)
            }
        }
    }

    private static func write(_ text: String, _ file: borrowing OwnedDescriptor, of path: FilePath) throws(StatsError) {
        do throws(Errno) {
            try file.writeAll(Array(text.utf8))
        } catch {
            throw .cannotWrite(path: path.string, operation: "writing", errno: error)
        }
    }

    /// Writes a file under another name, and renames it when all of it is on the disk.
    static func write(
        to path: FilePath,
        _ body: (consuming OwnedDescriptor) throws(StatsError) -> OwnedDescriptor
    ) throws(StatsError) {
        try make(path) { (file: consuming OwnedDescriptor) throws(StatsError) in
            let file = try body(file)
            do throws(Errno) {
                try file.sync(withStatus: true)
            } catch .invalidArgument {
            } catch {
                throw .cannotWrite(path: path.string, operation: "writing", errno: error)
            }
        }
        // Some file systems cannot make a name durable, which is no error.
        let parent = path.removingLastComponent()
        let directory = try? OwnedDescriptor(opening: parent.isEmpty ? "." : parent.string, O_RDONLY | O_DIRECTORY)
        try? directory?.sync(withStatus: true)
    }

    /// Writes a file under another name, and renames it.
    private static func make(
        _ path: FilePath,
        _ body: (consuming OwnedDescriptor) throws(StatsError) -> Void
    ) throws(StatsError) {
        var temporary = path
        let file = try open(beside: path, &temporary)
        do throws(StatsError) {
            try body(file)
            guard rename(temporary.string, path.string) == 0 else {
                throw .cannotWrite(path: path.string, operation: "renaming", errno: Errno(rawValue: errno))
            }
        } catch {
            unlink(temporary.string)
            throw error
        }
    }

    /// Creates a new file in the same directory, from where it can be renamed in one step.
    private static func open(
        beside path: FilePath,
        _ temporary: inout FilePath
    ) throws(StatsError) -> OwnedDescriptor {
        guard let name = path.lastComponent?.string else {
            throw .cannotWrite(path: path.string, operation: "opening", errno: .isDirectory)
        }
        var status = stat()
        // A device or a pipe must not be replaced by a file.
        if lstat(path.string, &status) == 0, ![S_IFREG, S_IFLNK].contains(status.st_mode & S_IFMT) {
            let isDirectory = status.st_mode & S_IFMT == S_IFDIR
            throw .cannotWrite(
                path: path.string,
                operation: "opening",
                errno: isDirectory ? .isDirectory : .invalidArgument
            )
        }
        var failure = Errno.fileExists
        for _ in 0..<16 where failure == .fileExists {
            temporary = path.removingLastComponent().appending(".\(name).\(UInt32.random(in: 0...UInt32.max)).partial")
            do throws(Errno) {
                let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
                return try OwnedDescriptor(opening: temporary.string, flags, mode: 0o640)
            } catch {
                failure = error
            }
        }
        throw .cannotWrite(path: path.string, operation: "opening", errno: failure)
    }
}
