import CTrackingRuntime
import Glibc
import SystemPackage
import TrackingRecords

/// A directory in which a file can be opened, renamed and removed without being tricked into another one.
///
/// Everything goes through the directory's descriptor: a path is followed once.
struct SafeDirectory: ~Copyable {
    /// A file open for appending, locked for this process.
    struct OpenFile: ~Copyable {
        let descriptor: Int32
        let identity: FileIdentity
        var size: Int
        /// Whether the last byte is not a newline.
        var isTorn: Bool
        private let process = ct_process_id()

        init(descriptor: Int32, status: stat) {
            self.descriptor = descriptor
            identity = FileIdentity(status)
            size = 0
            isTorn = false
            measure(status)
        }

        deinit {
            // A child that the host is starting holds a duplicate until it execs, and the lock with it. A forked child,
            // however, must not unlock what its parent writes.
            if ct_process_id() == process { flock(descriptor, LOCK_UN) }
            Glibc.close(descriptor)
        }

        /// Takes size and end of the file from the disk.
        mutating func measure(_ status: stat) {
            size = Int(status.st_size)
            isTorn = size > 0 && SafeDirectory.lastByte(descriptor, size: size) != UInt8(ascii: "\n")
        }
    }

    let path: FilePath
    let identity: FileIdentity
    private let descriptor: Int32

    /// Opens the directory of a file.
    init(for file: FilePath) throws(FileSinkError) {
        let parent = file.removingLastComponent()
        let directory: FilePath = parent.isEmpty ? "." : parent
        (descriptor, identity) = try Self.open(directory)
        path = directory
    }

    private static func open(_ path: FilePath) throws(FileSinkError) -> (Int32, FileIdentity) {
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        var opened = Glibc.open(path.string, flags | O_NOFOLLOW)
        if opened < 0, errno == ELOOP || errno == ENOTDIR, isTrustedLink(path) {
            // systemd gives a unit with DynamicUser= /var/log/NAME as a link of root's.
            opened = Glibc.open(path.string, flags)
        }
        var status = stat()
        guard opened >= 0, fstat(opened, &status) == 0 else {
            throw .directory(path: path.string, errno: Errno(rawValue: errno))
        }
        if let reason = danger(status) {
            Glibc.close(opened)
            throw .unsafeDirectory(path: path.string, reason: reason)
        }
        return (opened, FileIdentity(status))
    }

    deinit { Glibc.close(descriptor) }

    private static func isTrustedLink(_ path: FilePath) -> Bool {
        var status = stat()
        guard lstat(path.string, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return false }
        return status.st_uid == 0 || status.st_uid == geteuid()
    }

    private static func danger(_ status: stat) -> String? {
        let isSticky = status.st_uid == 0 && status.st_mode & S_ISVTX != 0
        if status.st_mode & (S_IWGRP | S_IWOTH) != 0, !isSticky { return "its group or everybody can write to it" }
        if geteuid() == 0, status.st_uid != 0 { return "it belongs to another user than root" }
        return nil
    }

    /// Whether the path still means this directory.
    var isCurrent: Bool {
        var status = stat()
        return stat(path.string, &status) == 0 && FileIdentity(status) == identity
    }

    /// What a name means now; `nil` where it means nothing.
    func identity(of name: String) -> FileIdentity? { regularFile(name)?.identity }

    /// Opens a file for appending, made if need be, and locks it.
    func openForAppending(_ name: String) throws(FileSinkError) -> OpenFile {
        let path = self.path.appending(name).string
        guard !name.isEmpty, FilePath.Component(name)?.kind == .regular else {
            throw .cannotOpen(path: path, errno: .isDirectory)
        }
        // Opened again where another process rotated the file between our open and our lock.
        for _ in 0..<8 {
            let flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
            let opened = openat(descriptor, name, flags, 0o640)
            guard opened >= 0 else {
                if errno == ELOOP { throw .unsafeFile(path: path, reason: "is a symbolic link") }
                throw .cannotOpen(path: path, errno: Errno(rawValue: errno))
            }
            var status = stat()
            var reason: FileSinkError?
            if fstat(opened, &status) != 0 {
                reason = .cannotOpen(path: path, errno: Errno(rawValue: errno))
            } else if let danger = Self.fileDanger(status) {
                reason = .unsafeFile(path: path, reason: danger)
            } else if flock(opened, LOCK_EX | LOCK_NB) != 0 {
                reason =
                    errno == EWOULDBLOCK ? .busy(path: path) : .cannotOpen(path: path, errno: Errno(rawValue: errno))
            } else if !Self.holdsRecords(opened, size: Int(status.st_size)) {
                reason = .notRecords(path: path)
            }
            if let reason {
                Glibc.close(opened)
                throw reason
            }
            // The size of before the lock may be from before another process's last record.
            fstat(opened, &status)
            let file = OpenFile(descriptor: opened, status: status)
            if identity(of: name) == file.identity { return file }
        }
        throw .busy(path: path)
    }

    private static func fileDanger(_ status: stat) -> String? {
        if status.st_mode & S_IFMT != S_IFREG { return "is not a regular file" }
        if status.st_uid != geteuid() { return "belongs to another user" }
        if status.st_nlink != 1 { return "has more than one name (hard links)" }
        return nil
    }

    /// A header may be torn: what is there of it must be its beginning.
    private static func holdsRecords(_ descriptor: Int32, size: Int) -> Bool {
        let wanted = min(size, Header.firstBytes.count)
        return withUnsafeTemporaryAllocation(byteCount: Header.firstBytes.count, alignment: 1) { buffer in
            guard wanted > 0 else { return true }
            guard pread(descriptor, buffer.baseAddress, wanted, 0) == wanted else { return false }
            return buffer[..<wanted].elementsEqual(Header.firstBytes[..<wanted])
        }
    }

    private static func lastByte(_ descriptor: Int32, size: Int) -> UInt8? {
        var byte: UInt8 = 0
        return pread(descriptor, &byte, 1, off_t(size - 1)) == 1 ? byte : nil
    }

    // MARK: Rotated files

    struct Entry {
        var name: String
        var size: Int
        /// Seconds since 1970.
        var modified: Int
        var identity: FileIdentity
    }

    /// The regular files of our own user that `accepts` takes by name.
    func entries(where accepts: (String) -> Bool) throws(FileSinkError) -> [Entry] {
        // A descriptor of its own: the position in a directory is shared between duplicates.
        let own = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard own >= 0, let stream = fdopendir(own) else {
            throw .directory(path: path.string, errno: Errno(rawValue: errno))
        }
        defer { closedir(stream) }
        var entries: [Entry] = []
        for name in RollingFileSet.names(in: stream) where accepts(name) {
            if let entry = regularFile(name) { entries.append(entry) }
        }
        return entries
    }

    private func regularFile(_ name: String) -> Entry? {
        var status = stat()
        guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0,
            status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid()
        else { return nil }
        return Entry(
            name: name,
            size: Int(status.st_size),
            modified: status.st_mtim.tv_sec,
            identity: FileIdentity(status)
        )
    }

    /// Renames without replacing; `false` where the new name is taken.
    func rename(_ name: String, to newName: String) throws(FileSinkError) -> Bool {
        let error = ct_rename_noreplace(descriptor, name, newName)
        if error == EEXIST { return false }
        guard error == 0 else {
            throw .failed(operation: "rotating", path: path.appending(name).string, errno: Errno(rawValue: error))
        }
        return true
    }

    func remove(_ name: String) throws(FileSinkError) {
        guard unlinkat(descriptor, name, 0) == 0 || errno == ENOENT else {
            throw .failed(operation: "removing", path: path.appending(name).string, errno: Errno(rawValue: errno))
        }
    }

    /// Makes names durable; a file system that cannot is left at that.
    func sync() { fsync(descriptor) }
}
