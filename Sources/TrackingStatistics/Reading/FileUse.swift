import Glibc
import SystemPackage
import TrackingRecords

/// Indicates whether the process that writes a record file is still there.
enum FileUse {
    private static let longest = 1 << 20

    /// Indicates whether a process holds the lock of a rolling file, as its writer does.
    ///
    /// The kernel lists the locks of the processes that this one may see. Trying to take the lock would disturb a writer.
    static func isLocked(_ file: FileIdentity) -> Bool {
        guard let locks = text(of: "/proc/locks") else { return false }
        // The inverse of makedev(3), which is a macro.
        let major = file.device >> 8 & 0xFFF | file.device >> 32 & ~0xFFF
        let minor = file.device & 0xFF | file.device >> 12 & ~0xFF
        for line in locks.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 5, words[1] == "FLOCK" else { continue }
            // MAJOR:MINOR:INODE, the first two in hexadecimal.
            let place = words[5].split(separator: ":")
            guard place.count == 3, UInt(place[0], radix: 16) == major, UInt(place[1], radix: 16) == minor,
                UInt(place[2]) == file.inode
            else { continue }
            return true
        }
        return false
    }

    /// Indicates whether the process of a header runs on this machine.
    static func isRunning(_ header: Header) -> Bool {
        guard let boot = header.bootID, boot == text(of: "/proc/sys/kernel/random/boot_id")?.filter(\.isHexDigit),
            let status = text(of: "/proc/\(header.processID)/stat"), let name = status.lastIndex(of: ")")
        else { return false }
        // The kernel cuts the name at 15 bytes. The number may be that of another process if the header is of a container.
        let known = status[..<name].drop { $0 != "(" }.dropFirst()
        guard known.utf8.elementsEqual(header.program.utf8.prefix(15)) else { return false }
        // After the name, the state is the first word and the start time the twentieth.
        let words = status[status.index(after: name)...].split(separator: " ")
        guard words.count > 19, words[0] != "Z", let ticks = Double(words[19]) else { return false }
        let (wall, booted) = (SystemClock.wall.seconds, SystemClock.boot.seconds)
        // A process that began after the tracker has the number of one that is gone.
        return wall - booted + ticks / Double(sysconf(Int32(_SC_CLK_TCK))) < header.startTime + 1
    }

    private static func text(of path: String) -> String? {
        guard let file = try? OwnedDescriptor(opening: path, O_RDONLY) else { return nil }
        var bytes: [UInt8] = []
        let isWhole = withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 1) { buffer in
            while bytes.count < longest {
                guard let count = try? file.read(into: buffer) else { return false }
                if count == 0 { break }
                bytes.append(contentsOf: buffer[..<count])
            }
            return true
        }
        return isWhole ? String(decoding: bytes, as: UTF8.self) : nil
    }
}
