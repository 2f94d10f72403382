import CTrackingRuntime
import Glibc
import SystemPackage
import TrackingRecords

/// A directory in which files are opened, renamed and removed, protected against a replaced path.
///
/// All operations use the directory's descriptor, so the path is followed once only.
struct SafeDirectory: ~Copyable {
    /// A file open for appending, locked for this process.
    struct OpenFile: ~Copyable {
        let descriptor: OwnedDescriptor
        var size = 0
        /// Indicates whether the last byte is not a newline.
        var isTorn = false

        init(_ descriptor: consuming OwnedDescriptor) throws(Errno) {
            self.descriptor = descriptor
            try measure()
        }

        deinit {
            // Unlocked explicitly, because a child that the host is starting holds a duplicate, and so the lock, until
            // it execs. In a forked child the call does nothing: it must not unlock the file that its parent writes.
            try? descriptor.unlock()
        }

        var identity: FileIdentity { descriptor.identity }

        /// Reads the size and the last byte of the file.
        mutating func measure() throws(Errno) {
            size = Int(try descriptor.status().st_size)
            let last = size > 0 ? try SafeDirectory.lastByte(descriptor, size: size) : UInt8(ascii: "\n")
            isTorn = last != UInt8(ascii: "\n")
        }
    }

    let path: FilePath
    private let descriptor: OwnedDescriptor

    /// Opens the directory of a file.
    init(for file: FilePath) throws(FileSinkError) {
        let parent = file.removingLastComponent()
        let directory: FilePath = parent.isEmpty ? "." : parent
        self.init(directory, try Self.open(directory))
    }

    private init(_ path: FilePath, _ descriptor: consuming OwnedDescriptor) {
        self.path = path
        self.descriptor = descriptor
    }

    private static func open(_ path: FilePath) throws(FileSinkError) -> OwnedDescriptor {
        let opened = try translate(path) { () throws(Errno) in try follow(path) }
        let status = try translate(path) { () throws(Errno) in try opened.status() }
        if let reason = danger(status) { throw .unsafeDirectory(path: path.string, reason: reason) }
        return opened
    }

    private static func translate<Result: ~Copyable>(
        _ path: FilePath,
        _ body: () throws(Errno) -> Result
    ) throws(FileSinkError) -> Result {
        do throws(Errno) {
            return try body()
        } catch {
            throw .directory(path: path.string, errno: error)
        }
    }

    private static func follow(_ path: FilePath) throws(Errno) -> OwnedDescriptor {
        let flags = O_RDONLY | O_DIRECTORY
        do throws(Errno) {
            return try OwnedDescriptor(opening: path.string, flags | O_NOFOLLOW, CT_LASTING)
        } catch {
            guard error == .tooManySymbolicLinkLevels || error == .notDirectory, isTrustedLink(path) else {
                throw error
            }
            // For a unit with DynamicUser=, systemd creates /var/log/NAME as a symbolic link of root's.
            return try OwnedDescriptor(opening: path.string, flags, CT_LASTING)
        }
    }

    /// Indicates whether the descriptor still refers to the directory.
    var isOurs: Bool { descriptor.isOurs }

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

    /// Indicates whether the path still refers to this directory.
    var isCurrent: Bool {
        var status = stat()
        return stat(path.string, &status) == 0 && FileIdentity(status) == descriptor.identity
    }

    /// Returns the identity of the file with a name; `nil` if there is none.
    func identity(of name: String) -> FileIdentity? { regularFile(name)?.identity }

    /// Opens a file for appending, creates it if necessary, and locks it.
    func openForAppending(_ name: String) throws(FileSinkError) -> OpenFile {
        let path = self.path.appending(name).string
        guard !name.isEmpty, FilePath.Component(name)?.kind == .regular else {
            throw .cannotOpen(path: path, errno: .isDirectory)
        }
        // Opened again if another process rotated the file between our open and our lock.
        for _ in 0..<8 {
            switch try openOnce(name, path: path) {
            case .file(let file): if identity(of: name) == file.identity { return file }
            case .refused(let reason): throw reason
            }
        }
        throw .busy(path: path)
    }

    private enum Opening: ~Copyable {
        case file(OpenFile)
        case refused(FileSinkError)
    }

    private func openOnce(_ name: String, path: String) throws(FileSinkError) -> Opening {
        do throws(Errno) {
            return try openAndLock(name, path: path)
        } catch .tooManySymbolicLinkLevels {
            throw .unsafeFile(path: path, reason: "is a symbolic link")
        } catch {
            throw .cannotOpen(path: path, errno: error)
        }
    }

    private func openAndLock(_ name: String, path: String) throws(Errno) -> Opening {
        let flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK
        let opened = try OwnedDescriptor(opening: name, in: descriptor, flags, mode: 0o640, CT_LASTING)
        let status = try opened.status()
        if let danger = Self.fileDanger(status) { return .refused(.unsafeFile(path: path, reason: danger)) }
        do throws(Errno) {
            try opened.lock()
        } catch .wouldBlock {
            return .refused(.busy(path: path))
        }
        guard Self.holdsRecords(opened, size: Int(status.st_size)) else { return .refused(.notRecords(path: path)) }
        // Measured after the lock: before it, another process may have written its last record.
        return .file(try OpenFile(opened))
    }

    private static func fileDanger(_ status: stat) -> String? {
        if status.st_mode & S_IFMT != S_IFREG { return "is not a regular file" }
        if status.st_uid != geteuid() { return "belongs to another user" }
        if status.st_nlink != 1 { return "has more than one name (hard links)" }
        return nil
    }

    /// Indicates whether a file begins with a header, or with the beginning of an incomplete one.
    private static func holdsRecords(_ file: borrowing OwnedDescriptor, size: Int) -> Bool {
        let wanted = min(size, Header.firstBytes.count)
        return withUnsafeTemporaryAllocation(byteCount: Header.firstBytes.count, alignment: 1) { buffer in
            guard wanted > 0 else { return true }
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted])
            return (try? file.read(into: part, at: 0)) == wanted && part.elementsEqual(Header.firstBytes[..<wanted])
        }
    }

    private static func lastByte(_ file: borrowing OwnedDescriptor, size: Int) throws(Errno) -> UInt8? {
        var byte: UInt8 = 0
        let count = try withUnsafeMutableBytes(of: &byte) { (bytes) throws(Errno) in
            try file.read(into: bytes, at: size - 1)
        }
        return count == 1 ? byte : nil
    }

    // MARK: Rotated files

    struct Entry {
        var name: String
        var size: Int
        /// The time of the last modification, in seconds since 1970.
        var modified: Int
        var identity: FileIdentity
    }

    /// Returns the regular files of our own user whose name `accepts` allows.
    func entries(where accepts: (String) -> Bool) throws(FileSinkError) -> [Entry] {
        let names = try Self.translate(path) { () throws(Errno) in try descriptor.names() }
        return names.filter(accepts).compactMap { regularFile($0) }
    }

    private func regularFile(_ name: String) -> Entry? {
        guard let status = try? descriptor.status(of: name), status.st_mode & S_IFMT == S_IFREG,
            status.st_uid == geteuid()
        else { return nil }
        return Entry(
            name: name,
            size: Int(status.st_size),
            modified: status.st_mtim.tv_sec,
            identity: FileIdentity(status)
        )
    }

    /// Renames without replacing; returns `false` if the new name is in use.
    func rename(_ name: String, to newName: String) throws(FileSinkError) -> Bool {
        do throws(Errno) {
            try descriptor.rename(name, to: newName)
            return true
        } catch .fileExists {
            return false
        } catch {
            throw .failed(operation: "rotating", path: path.appending(name).string, errno: error)
        }
    }

    func remove(_ name: String) throws(FileSinkError) {
        do throws(Errno) {
            try descriptor.remove(name)
        } catch .noSuchFileOrDirectory {
        } catch {
            throw .failed(operation: "removing", path: path.appending(name).string, errno: error)
        }
    }

    /// Makes names durable, if the file system supports it.
    func sync() { try? descriptor.sync(withStatus: true) }
}
