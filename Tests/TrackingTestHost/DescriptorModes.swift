import ClassTracking
import Glibc
import TrackingTestSupport

/// `take-over PATH MOMENT`: closes all descriptors as daemons do, and has a file or a connection of its own at each number that
/// was ours: before a record (`write`), before a rotation (`rotate`), before a sync (`sync`), before the end (`close`).
///
/// Prints what became of those, and what the sink has told.
func takeOver(_ arguments: [String]) {
    let (path, moment) = (FilePath(arguments[0]), arguments[1])
    let inherited = Set(Possessions.openNumbers())
    var configuration = RollingFileConfiguration(path: path, maximumBytes: 16384, keep: 3)
    configuration.syncInterval = .milliseconds(1)
    let sink = RollingFileSink(configuration, retry: .nanoseconds(1)...(.nanoseconds(1)))
    sink.receive(hostHeader())
    var number = 0
    // As much as leaves no room for one more, where a rotation is to come.
    let last = moment == "rotate" ? 16384 / recordSize(path) - 1 : 3
    while number < last {
        number += 1
        sink.receive(hostSample(number))
    }
    let ours = Possessions.openNumbers().filter { !inherited.contains($0) }
    var possessions = Possessions(path.removingLastComponent())
    Possessions.closeAll()
    for number in ours { possessions.take(number) }
    if moment == "sync" {
        usleep(3000)
        sink.maintain()
    }
    if moment != "close" {
        for _ in 0..<5 {
            number += 1
            sink.receive(hostSample(number))
        }
    }
    sink.close()
    var notices: [String] = []
    while let notice = sink.takeNotice() { notices.append(notice.severity.rawValue) }
    print(ours.count, possessions.damage(), sink.status.delivered, sink.status.dropped, notices)
}

/// Bytes that a record takes at least.
private func recordSize(_ path: FilePath) -> Int {
    var size = 0
    let probe = RollingFileSink(RollingFileConfiguration(path: path.removingLastComponent().appending("probe.jsonl")))
    probe.receive(hostHeader())
    var status = stat()
    let file = path.removingLastComponent().appending("probe.jsonl").string
    probe.receive(hostSample(1))
    if stat(file, &status) == 0 { size = Int(status.st_size) }
    probe.receive(hostSample(2))
    if stat(file, &status) == 0 { size = Int(status.st_size) - size }
    probe.close()
    unlink(file)
    return max(size, 1)
}
