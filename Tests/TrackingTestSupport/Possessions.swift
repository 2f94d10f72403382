import Glibc
package import SystemPackage

/// What a host has: files that it has locked and written to, also in append mode, and connections.
package struct Possessions {
    private let directory: FilePath
    private var files: [(number: Int32, path: String)] = []
    private var connections: [(number: Int32, peer: Int32)] = []
    private var turn = 0

    package init(_ directory: FilePath) { self.directory = directory }

    /// The numbers that mean something, but for the standard streams.
    package static func openNumbers() -> [Int32] {
        (3..<1024 as Range<Int32>).filter { fcntl($0, F_GETFD) >= 0 }
    }

    /// The numbers of descriptors that are kept, and not open for one operation: between the look at one of those and its
    /// closing nothing keeps a host from taking its number.
    package static func keptNumbers() -> [Int32] {
        let before = Set(openNumbers())
        usleep(20_000)
        return openNumbers().filter { before.contains($0) }
    }

    /// What daemons do when they begin.
    package static func closeAll() {
        for number in 3..<1024 as Range<Int32> { close(number) }
    }

    /// Has a file or a connection at a number, whatever it means until then.
    package mutating func take(_ number: Int32) {
        defer { turn += 1 }
        if turn % 3 == 2 {
            var pair: [Int32] = [-1, -1]
            guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0 else { exit(EX_OSERR) }
            move(pair[0], to: number)
            connections.append((number, pair[1]))
            return
        }
        let path = directory.appending("host-\(number)").string
        let mode = turn % 3 == 1 ? O_APPEND : 0
        let opened = open(path, O_RDWR | O_CREAT | O_TRUNC | mode, 0o600)
        guard opened >= 0, write(opened, "HEAD", 4) == 4 else { exit(EX_OSERR) }
        move(opened, to: number)
        guard flock(number, LOCK_EX | LOCK_NB) == 0 else { exit(EX_OSERR) }
        files.append((number, path))
    }

    private func move(_ from: Int32, to: Int32) {
        if from == to { return }
        guard dup2(from, to) == to else { exit(EX_OSERR) }
        close(from)
    }

    /// Closes what is there.
    package mutating func giveUp() {
        for file in files { close(file.number) }
        for connection in connections {
            close(connection.number)
            close(connection.peer)
        }
        (files, connections) = ([], [])
    }

    /// What was done to them.
    package func damage() -> [String] {
        var damage: [String] = []
        for file in files {
            var status = stat()
            if fstat(file.number, &status) != 0 { damage.append("closed") }
            if status.st_size != 4 { damage.append("\(status.st_size) bytes") }
            if lseek(file.number, 0, Int32(SEEK_CUR)) != 4 { damage.append("moved") }
            let other = open(file.path, O_RDWR)
            if flock(other, LOCK_EX | LOCK_NB) == 0 { damage.append("unlocked") }
            close(other)
        }
        for connection in connections {
            var byte: UInt8 = 0
            let count = recv(connection.peer, &byte, 1, Int32(MSG_DONTWAIT))
            if count >= 0 || errno != EAGAIN { damage.append(count > 0 ? "received" : "closed") }
            if fcntl(connection.number, F_GETFD) < 0 { damage.append("closed") }
        }
        return damage
    }
}
