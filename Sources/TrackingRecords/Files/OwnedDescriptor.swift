package import CTrackingRuntime
package import Glibc
package import SystemPackage

/// A descriptor of ours in a process of others: each use first makes sure that its number still means what was opened.
///
/// A host that closes descriptors it does not know (`closefrom`) gets their numbers again for its own files and connections.
/// Nothing of that is read, written, locked or closed here: uses throw `Errno.badFileDescriptor`, after which whoever
/// holds the descriptor drops it and opens another one. `owned_descriptor.h` tells what is compared and what is left of
/// the danger.
///
/// A forked child has descriptors of its parent's under the same numbers, and shares positions and locks with it. There they
/// count as somebody else's too, but for closing.
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

    /// Opens a file that `/proc` has of this process, as `status`; nothing is allocated.
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

    /// Opens a socket that lasts.
    package init(socket domain: Int32, type: Int32) throws(Errno) {
        try self.init { ct_descriptor_socket(domain, type, CT_LASTING, &$0) }
    }

    /// Uses a descriptor that somebody else opened and closes.
    package init(borrowing number: Int32) throws(Errno) {
        try self.init { ct_descriptor_borrow(number, &$0) }
    }

    deinit { ct_descriptor_close(descriptor) }

    // MARK: Identity

    /// None where a forked child asks for its parent's.
    private var current: ct_descriptor {
        guard process == ct_process_id() else {
            var none = ct_descriptor()
            none.number = -1
            return none
        }
        return descriptor
    }

    /// Whether the number still means what was opened.
    package var isOurs: Bool { ct_descriptor_is_ours(current) != 0 }

    /// The file that was opened.
    package var identity: FileIdentity {
        FileIdentity(device: UInt(descriptor.device), inode: UInt(descriptor.inode))
    }

    private func checked(_ result: some BinaryInteger) throws(Errno) -> Int {
        guard result >= 0 else { throw Errno(rawValue: errno) }
        return Int(result)
    }

    // MARK: Reading and writing

    /// Reads on from where the last reading ended; 0 at the end.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        try checked(ct_descriptor_read(current, buffer.baseAddress, buffer.count))
    }

    /// Reads from an offset; 0 at the end.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(Errno) -> Int {
        try checked(ct_descriptor_read_at(current, buffer.baseAddress, buffer.count, Int64(offset)))
    }

    /// Writes some or all of the bytes.
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
    ///   - bytes: What to write.
    ///   - least: The size that the file has at least.
    /// - Returns: How many bytes were written.
    /// - Throws: `Errno.staleNFSFileHandle`, and nothing is written, where the file has become shorter than that.
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

    /// Bounds how long one sending may wait.
    package func setPatience(microseconds: Int) throws(Errno) {
        _ = try checked(ct_descriptor_set_patience(current, microseconds))
    }

    // MARK: The file

    /// Where reading goes on.
    package var position: Int {
        get throws(Errno) { try checked(ct_descriptor_seek(current, 0, Int32(SEEK_CUR))) }
    }

    /// Goes to the beginning.
    package func rewind() throws(Errno) { _ = try checked(ct_descriptor_seek(current, 0, Int32(SEEK_SET))) }

    /// What the kernel knows of the file.
    package func status() throws(Errno) -> stat {
        var status = stat()
        _ = try checked(ct_descriptor_status(current, &status))
        return status
    }

    /// Locks the file for this opening of it, unless another one has it locked.
    package func lock() throws(Errno) { _ = try checked(ct_descriptor_lock(current, LOCK_EX | LOCK_NB)) }

    /// Gives the lock up.
    package func unlock() throws(Errno) { _ = try checked(ct_descriptor_lock(current, LOCK_UN)) }

    /// Waits until what was written is on the disk.
    package func sync(withStatus: Bool = false) throws(Errno) {
        _ = try checked(ct_descriptor_sync(current, withStatus ? 1 : 0))
    }

    /// Sets who may do what with the file.
    package func setMode(_ mode: mode_t) throws(Errno) { _ = try checked(ct_descriptor_set_mode(current, mode)) }

    // MARK: The directory

    /// The names in a directory.
    ///
    /// Those that are not UTF-8 get replacement characters, which no name of ours has.
    package func names() throws(Errno) -> [String] {
        // An opening of its own, because the position in a directory belongs to the opening.
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

    /// What a name in a directory means, without following a link.
    package func status(of name: String) throws(Errno) -> stat {
        var status = stat()
        _ = try checked(ct_descriptor_status_in(current, name, &status))
        return status
    }

    /// Removes a name of a directory.
    package func remove(_ name: String) throws(Errno) { _ = try checked(ct_descriptor_remove_in(current, name)) }

    /// Renames within a directory, and throws `Errno.fileExists` where that would replace a file.
    package func rename(_ name: String, to newName: String) throws(Errno) {
        _ = try checked(ct_descriptor_rename_in(current, name, newName))
    }
}
