package import CTrackingRuntime
package import Glibc
package import SystemPackage

/// A file descriptor of the tracker in a host's process: each use first checks that its number still refers to the same
/// file.
///
/// A host that closes descriptors it does not know (`closefrom`) receives their numbers again for its own files and
/// connections. These are never read, written, locked or closed: a use throws `Errno.badFileDescriptor`, after which
/// the owner discards the descriptor and opens another one. `owned_descriptor.h` describes the comparison and the
/// remaining risk.
///
/// A forked child inherits its parent's descriptors under the same numbers, and shares positions and locks with it. In
/// the child they count as foreign too, except for closing.
package struct OwnedDescriptor: ~Copyable {
    private let descriptor: ct_descriptor
    private let process = ct_process_id()

    // MARK: Opening

    private init(_ open: (inout ct_descriptor) -> Int32) throws(Errno) {
        var opened = ct_descriptor()
        let failure = open(&opened)
        guard failure == 0 else { throw Errno(rawValue: failure) }
        descriptor = opened
    }

    /// Opens a file; `O_CLOEXEC` is added to the flags.
    package init(
        opening path: UnsafePointer<CChar>,
        _ flags: Int32,
        mode: mode_t = 0,
        _ lifetime: ct_lifetime = CT_BRIEF
    ) throws(Errno) {
        try self.init { ct_descriptor_open(path, flags, mode, lifetime, &$0) }
    }

    /// Opens a file of this process below `/proc`, such as `status`; nothing is allocated.
    package init(
        process name: StaticString,
        _ flags: Int32 = O_RDONLY,
        _ lifetime: ct_lifetime = CT_BRIEF
    ) throws(Errno) {
        try self.init { opened in
            UnsafeRawPointer(name.utf8Start)
                .withMemoryRebound(to: CChar.self, capacity: name.utf8CodeUnitCount + 1) {
                    ct_descriptor_open_proc($0, flags, lifetime, &opened)
                }
        }
    }

    /// Opens a name in a directory.
    package init(
        opening name: UnsafePointer<CChar>,
        in directory: borrowing OwnedDescriptor,
        _ flags: Int32,
        mode: mode_t = 0,
        _ lifetime: ct_lifetime = CT_BRIEF
    ) throws(Errno) {
        let directory = directory.current
        try self.init { ct_descriptor_open_in(directory, name, flags, mode, lifetime, &$0) }
    }

    /// Opens a socket with a lasting descriptor.
    package init(socket domain: Int32, type: Int32) throws(Errno) {
        try self.init { ct_descriptor_socket(domain, type, CT_LASTING, &$0) }
    }

    /// Uses a descriptor that other code opened and closes.
    package init(borrowing number: Int32) throws(Errno) {
        try self.init { ct_descriptor_borrow(number, &$0) }
    }

    deinit { ct_descriptor_close(descriptor) }

    // MARK: Identity

    /// The descriptor; none in a forked child, which must not use its parent's.
    private var current: ct_descriptor {
        guard process == ct_process_id() else {
            var none = ct_descriptor()
            none.number = -1
            return none
        }
        return descriptor
    }

    /// Indicates whether the number still refers to the opened file.
    package var isOurs: Bool { ct_descriptor_is_ours(current) != 0 }

    /// The identity of the opened file.
    package var identity: FileIdentity {
        FileIdentity(device: UInt(descriptor.device), inode: UInt(descriptor.inode))
    }

    private func checked(_ result: some BinaryInteger) throws(Errno) -> Int {
        guard result >= 0 else { throw Errno(rawValue: errno) }
        return Int(result)
    }

    // MARK: Reading and writing

    /// Reads from the current position; returns 0 at the end.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        try checked(ct_descriptor_read(current, buffer.baseAddress, buffer.count))
    }

    /// Reads from an offset; returns 0 at the end.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(Errno) -> Int {
        try checked(ct_descriptor_read_at(current, buffer.baseAddress, buffer.count, Int64(offset)))
    }

    /// Writes some or all of the bytes, and returns their number.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int {
        try checked(ct_descriptor_write(current, bytes.baseAddress, bytes.count))
    }

    /// Writes all of the bytes.
    package func writeAll(_ bytes: [UInt8]) throws(Errno) {
        var written = 0
        while written < bytes.count {
            let result = bytes.withUnsafeBytes { bytes in
                ct_descriptor_write(current, bytes.baseAddress.map { $0 + written }, bytes.count - written)
            }
            guard result != 0 else { throw .ioError }
            if result < 0, errno == EINTR { continue }
            written += try checked(result)
        }
    }

    /// Writes some or all of the bytes to the end of a file that was opened with `O_APPEND`.
    ///
    /// - Parameters:
    ///   - bytes: The bytes to write.
    ///   - least: The size below which the file counts as truncated.
    /// - Returns: The number of bytes written.
    /// - Throws: `Errno.staleNFSFileHandle`, without writing, if the file is smaller than that.
    package func append(_ bytes: UnsafeRawBufferPointer, least: Int) throws(Errno) -> Int {
        try checked(ct_descriptor_append(current, bytes.baseAddress, bytes.count, Int64(least)))
    }

    /// Sends a datagram.
    package func send(_ bytes: UnsafeRawBufferPointer) throws(Errno) {
        _ = try checked(ct_descriptor_send(current, bytes.baseAddress, bytes.count))
    }

    /// Connects a socket.
    package func connect(_ address: UnsafePointer<sockaddr_un>, _ length: socklen_t) throws(Errno) {
        _ = try checked(ct_descriptor_connect(current, address, length))
    }

    /// Sets the longest time that one send may wait.
    package func setPatience(microseconds: Int) throws(Errno) {
        _ = try checked(ct_descriptor_set_patience(current, microseconds))
    }

    // MARK: The file

    /// The position of the next read.
    package var position: Int {
        get throws(Errno) { try checked(ct_descriptor_seek(current, 0, Int32(SEEK_CUR))) }
    }

    /// Sets the position to the beginning.
    package func rewind() throws(Errno) { _ = try checked(ct_descriptor_seek(current, 0, Int32(SEEK_SET))) }

    /// Returns the kernel's status of the file.
    package func status() throws(Errno) -> stat {
        var status = stat()
        _ = try checked(ct_descriptor_status(current, &status))
        return status
    }

    /// Locks the file for this open descriptor, and throws if another one has it locked.
    package func lock() throws(Errno) { _ = try checked(ct_descriptor_lock(current, LOCK_EX | LOCK_NB)) }

    /// Releases the lock.
    package func unlock() throws(Errno) { _ = try checked(ct_descriptor_lock(current, LOCK_UN)) }

    /// Waits until the written data is on the disk.
    package func sync(withStatus: Bool = false) throws(Errno) {
        _ = try checked(ct_descriptor_sync(current, withStatus ? 1 : 0))
    }

    /// Sets the permissions of the file.
    package func setMode(_ mode: mode_t) throws(Errno) { _ = try checked(ct_descriptor_set_mode(current, mode)) }

    // MARK: The directory

    /// Returns the names in a directory.
    ///
    /// Names that are not UTF-8 contain replacement characters, which no name of the tracker does.
    package func names() throws(Errno) -> [String] {
        // Opened separately, because the position in a directory belongs to the open file.
        let directory = try OwnedDescriptor(opening: ".", in: self, O_RDONLY | O_DIRECTORY)
        var names: [String] = []
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 15, alignment: 8)
        defer { buffer.deallocate() }
        guard let base = buffer.baseAddress else { return names }
        while true {
            let count = try checked(ct_descriptor_entries(directory.current, base, buffer.count))
            if count == 0 { return names }
            var offset = 0
            while offset < count {
                // linux_dirent64: inode, position, length of the entry, type, name.
                let length = Int(buffer.loadUnaligned(fromByteOffset: offset + 16, as: UInt16.self))
                names.append(String(cString: (base + offset + 19).assumingMemoryBound(to: CChar.self)))
                offset += length
            }
        }
    }

    /// Returns the status of a name in a directory, without following a link.
    package func status(of name: String) throws(Errno) -> stat {
        var status = stat()
        _ = try checked(ct_descriptor_status_in(current, name, &status))
        return status
    }

    /// Removes a name from a directory.
    package func remove(_ name: String) throws(Errno) { _ = try checked(ct_descriptor_remove_in(current, name)) }

    /// Renames within a directory, and throws `Errno.fileExists` instead of replacing a file.
    package func rename(_ name: String, to newName: String) throws(Errno) {
        _ = try checked(ct_descriptor_rename_in(current, name, newName))
    }
}
