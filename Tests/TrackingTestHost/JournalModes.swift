import ClassTracking
import Glibc

/// `reuse SOCKET`: closes every descriptor as a daemon does, the journal's socket among them.
///
/// Each number that was ours is used again for a socket pair. Prints what came through those, and whether they survived the
/// sink.
func reuse(_ arguments: [String]) {
    // What whoever started this process had open and did not keep to himself.
    let inherited = (3..<1024 as Range<Int32>).filter(isDatagramSocket)
    let configuration = JournalSink.Configuration(interval: .zero, socketPath: arguments[0])
    let sink = JournalSink(configuration, retry: .nanoseconds(1)...(.nanoseconds(1)))
    sink.receive(hostSample(1))
    let ours = (3..<1024 as Range<Int32>).filter { isDatagramSocket($0) && !inherited.contains($0) }
    let isClosedOnExec = ours.allSatisfy { fcntl($0, F_GETFD) & FD_CLOEXEC != 0 }
    for number in 3..<1024 as Range<Int32> { close(number) }
    var pairs: [[Int32]] = []
    for number in ours {
        var pair: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0, dup2(pair[0], number) == number else {
            exit(EX_OSERR)
        }
        close(pair[0])
        pairs.append([number, pair[1]])
    }
    for number in 2...6 { sink.receive(hostSample(number)) }
    sink.flush()
    sink.close()
    var received = 0
    var open = 0
    for number in pairs.joined() {
        var byte: UInt8 = 0
        let count = recv(number, &byte, 1, Int32(MSG_DONTWAIT))
        if count > 0 { received += 1 }
        // A closed peer would show as an end of file.
        if count < 0, errno == EAGAIN { open += 1 }
    }
    print(ours.count, isClosedOnExec, "received \(received)", "lost \(pairs.count * 2 - open)", sink.status.delivered)
    while let notice = sink.takeNotice() { print(notice.severity.rawValue) }
    // After its close the sink has no descriptor left, besides those of the pairs.
    print((3..<1024 as Range<Int32>).count(where: isDatagramSocket))
}

private func isDatagramSocket(_ number: Int32) -> Bool {
    var type: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(number, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == Int32(SOCK_DGRAM.rawValue)
}
