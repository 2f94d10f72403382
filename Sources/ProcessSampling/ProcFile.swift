import CTrackingRuntime
import Glibc
import SystemPackage
import TrackingRecords

/// A file of this process below `/proc`, opened once and kept open.
///
/// It is opened again if the host has closed it, in a forked child, which would otherwise read and reset its parent,
/// and if the thread that opened it has ended.
struct ProcFile: ~Copyable {
    private let name: StaticString
    private let flags: Int32
    private var file: OwnedDescriptor?

    init(name: StaticString, flags: Int32) {
        self.name = name
        self.flags = flags
    }

    /// Reads from the beginning.
    ///
    /// - Returns: The number of bytes read, or a negative errno.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        use { (file) throws(Errno) in try file.read(into: buffer, at: 0) }
    }

    /// Writes one byte.
    ///
    /// - Returns: 1, or a negative errno.
    mutating func write(_ byte: UInt8) -> Int {
        use { (file) throws(Errno) in
            try withUnsafeBytes(of: byte) { (bytes) throws(Errno) in try file.write(bytes) }
        }
    }

    private mutating func use(_ body: (borrowing OwnedDescriptor) throws(Errno) -> Int) -> Int {
        do throws(Errno) {
            switch file {
            case .some(let file): return try body(file)
            case .none: break
            }
        } catch .badFileDescriptor {
        } catch .noSuchProcess {
        } catch {
            return -Int(error.rawValue)
        }
        file = nil
        do throws(Errno) {
            let opened = try OwnedDescriptor(process: name, flags, CT_LASTING)
            let count = try body(opened)
            file = consume opened
            return count
        } catch {
            return -Int(error.rawValue)
        }
    }
}
