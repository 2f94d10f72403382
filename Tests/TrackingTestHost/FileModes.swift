import ClassTracking
import Dispatch
import Glibc
import TrackingTestSupport

/// `write PATH MAXIMUM_BYTES KEEP COUNT PROGRESS_FILE`: writes as fast as it can, for ever if COUNT is 0.
///
/// The number of the last record that the sink has taken stands in the first bytes of PROGRESS_FILE (`-`: nowhere), by way of
/// shared memory, which survives a kill at any instruction.
func write(_ arguments: [String]) {
    var configuration = RollingFileConfiguration(path: FilePath(arguments[0]))
    configuration.maximumBytes = Int(arguments[1]) ?? 0
    configuration.keep = Int(arguments[2]) ?? 1
    let count = Int(arguments[3]) ?? 0
    let progress = sharedCounter(arguments[4])
    let sink = RollingFileSink(configuration, retry: .nanoseconds(1)...(.nanoseconds(1)))
    sink.receive(hostHeader())
    var number = 0
    while count == 0 || number < count {
        number += 1
        sink.receive(hostSample(number))
        progress?.pointee = number
    }
    sink.close()
    print(sink.status.destination, sink.status.delivered, sink.status.dropped)
}

/// `limited PATH LIMIT_BYTES COUNT`: writes with a limit of the file size, by way of the pipeline, as the agent does.
func limited(_ arguments: [String]) {
    let limit = rlim_t(arguments[1]) ?? 0
    var limits = rlimit(rlim_cur: limit, rlim_max: limit)
    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limits)
    let sink = RollingFileSink(
        RollingFileConfiguration(path: FilePath(arguments[0]), maximumBytes: 1 << 20, keep: 100),
        retry: .milliseconds(1)...(.milliseconds(5))
    )
    let pipeline = RecordPipeline(sinks: [sink], clock: StreamClock(), capacity: 1 << 16)
    pipeline.append(hostHeader().payload)
    for number in 1...(Int(arguments[2]) ?? 1) { pipeline.append(hostSample(number).payload) }
    let isComplete = pipeline.close(patience: .seconds(10))
    print(isComplete ? "complete" : "hangs", sink.status.delivered, sink.status.dropped)
}

/// `daemon DIRECTORY`: is given a relative path, and then changes its directory as daemons do.
func daemon(_ arguments: [String]) {
    guard chdir(arguments[0]) == 0 else { exit(EX_NOINPUT) }
    let clock = ManualClock()
    let sink = RollingFileSink(
        RollingFileConfiguration(path: "memory.jsonl"),
        retry: .seconds(1)...(.seconds(60)),
        clock: clock.now
    )
    sink.receive(hostHeader())
    sink.receive(hostSample(1))
    guard mkdir("elsewhere", 0o700) == 0, chdir("elsewhere") == 0 else { exit(EX_CANTCREAT) }
    // Until the sink looks at its path again.
    clock.advance(milliseconds: 950)
    sink.receive(hostSample(2))
    sink.close()
    print(sink.status.delivered)
}

/// `hold PATH COUNT`: writes COUNT records, prints the file it writes, goes on for as long as standard input is open.
func hold(_ arguments: [String]) {
    let configuration = RollingFileConfiguration(path: FilePath(arguments[0]))
    let sink = RollingFileSink(configuration, retry: .milliseconds(1)...(.milliseconds(5)))
    let count = Int(arguments[1]) ?? 1
    sink.receive(hostHeader())
    for number in 1...count { sink.receive(hostSample(number)) }
    print(sink.takeNotice().map { "\($0.severity.rawValue): \($0.message)" } ?? "no notice")
    print(sink.status.destination)
    fflush(nil)
    var input = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
    var number = count
    // Few enough that the file is never rotated, however long the test lasts.
    let last = count + 1000
    while poll(&input, 1, number < last ? 0 : -1) == 0 {
        number += 1
        sink.receive(hostSample(number))
        usleep(100)
    }
    sink.close()
}

/// `fork-file PATH`: a child by fork without exec uses the sink of its parent in every way there is.
func forkFile(_ arguments: [String]) {
    let sink = RollingFileSink(RollingFileConfiguration(path: FilePath(arguments[0])))
    sink.receive(hostHeader())
    sink.receive(hostSample(1))
    // Swift's overlay hides fork, because threads do not survive it; this process has none.
    typealias Fork = @convention(c) () -> pid_t
    guard let symbol = dlsym(nil, "fork") else { exit(EX_OSERR) }
    let child = unsafeBitCast(symbol, to: Fork.self)()
    if child == 0 {
        for number in 2...10 { sink.receive(hostSample(number)) }
        sink.maintain()
        sink.flush()
        sink.close()
        _exit(0)
    }
    var status: Int32 = 0
    waitpid(child, &status, 0)
    sink.receive(hostSample(2))
    // Still locked, although the child has closed its copy?
    let second = RollingFileSink(RollingFileConfiguration(path: FilePath(arguments[0])))
    second.receive(hostHeader())
    second.receive(hostSample(1))
    print(status, second.status.destination)
}

/// `sync PATH COUNT`: writes records and lets each be synced.
func sync(_ arguments: [String]) {
    var configuration = RollingFileConfiguration(path: FilePath(arguments[0]))
    configuration.syncInterval = .milliseconds(1)
    let sink = RollingFileSink(configuration, retry: .milliseconds(1)...(.milliseconds(1)))
    sink.receive(hostHeader())
    for number in 1...(Int(arguments[1]) ?? 1) {
        sink.receive(hostSample(number))
        usleep(3000)
        sink.maintain()
        usleep(3000)
        while let notice = sink.takeNotice() { print("\(notice.severity.rawValue): \(notice.message)") }
    }
    sink.close()
    print(sink.status.delivered, sink.status.dropped)
}
