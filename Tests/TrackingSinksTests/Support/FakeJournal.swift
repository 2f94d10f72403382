import Glibc
import SystemPackage

/// A socket where journald's would be.
final class FakeJournal: Sendable {
    let path: FilePath
    private let descriptor: Int32

    init(at path: FilePath) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.string.utf8.prefix(100)) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0 else { throw Errno(rawValue: errno) }
    }

    deinit { close(descriptor) }

    /// The datagrams that wait to be read.
    func datagrams() -> [[UInt8]] {
        var datagrams: [[UInt8]] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT)), count >= 0 {
            datagrams.append(Array(buffer[..<count]))
        }
        return datagrams
    }

    func entries() -> [JournalEntry] { datagrams().map { JournalEntry($0[...]) } }
}

/// The fields of one entry in the native protocol, which `journalctl -o export` prints as well.
struct JournalEntry {
    /// In the order they came, repeated ones too.
    var fields: [(name: String, value: [UInt8])] = []
    /// Whether something could not be understood.
    var isDamaged = false

    init(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        read(from: &rest)
        isDamaged = isDamaged || !rest.isEmpty
    }

    /// What `journalctl -o export` prints: entries with an empty line behind each.
    static func exported(_ text: [UInt8]) -> [JournalEntry] {
        var rest = text[...]
        var entries: [JournalEntry] = []
        while !rest.isEmpty {
            var entry = JournalEntry([])
            entry.read(from: &rest)
            entries.append(entry)
            if entry.isDamaged { break }
        }
        return entries
    }

    /// Reads up to an empty line or the end.
    private mutating func read(from rest: inout ArraySlice<UInt8>) {
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest[..<end]
            rest = rest[(end + 1)...]
            if line.isEmpty { return }
            if let equals = line.firstIndex(of: UInt8(ascii: "=")) {
                fields.append((String(decoding: line[..<equals], as: UTF8.self), Array(line[(equals + 1)...])))
                continue
            }
            // The binary form: the length in eight bytes, the value, a newline.
            let length = rest.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
            guard rest.count >= 9, rest.count >= length + 9 else { break }
            fields.append((String(decoding: line, as: UTF8.self), Array(rest.dropFirst(8).prefix(length))))
            rest = rest.dropFirst(9 + length)
        }
        isDamaged = !rest.isEmpty
    }

    subscript(name: String) -> String? {
        fields.first { $0.name == name }.map { String(decoding: $0.value, as: UTF8.self) }
    }

    /// A field of ours, without its prefix.
    func own(_ name: String) -> String? { self["CLASS_TRACKER_" + name] }
}
