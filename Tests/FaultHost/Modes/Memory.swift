import CFaultSupport
import ClassTracking
import Glibc

func withoutFault(_ file: String) throws {
    let service = Service(file: file)
    try service.start()
    service.goOn("nothing happens", samples: 50, snapshots: 20)
    service.finish()
}

/// Allocations of the agent's threads fail, first the larger ones and then all.
///
/// It begins between two snapshots: one that is under way is beyond help, as is any Swift code whose allocation fails. And it is
/// not all of them without optimisation, where each call of a generic function allocates.
func mallocFails(_ file: String) throws {
    let service = Service(file: file)
    try service.start(interval: .milliseconds(200))
    service.goOn("before")
    var failures: [UInt64] = []
    #if DEBUG
    let sizes = [16 << 20, 64 << 10]
    #else
    let sizes = [16 << 20, 64 << 10, 4096, 0]
    #endif
    for bytes in sizes {
        let snapshot = service.latestSnapshot
        wait("a snapshot") { service.latestSnapshot > snapshot }
        // Its records are written by now, and the next tick is some time away.
        sleep(milliseconds: 100)
        let (before, failed) = (service.samples, cf_failures())
        cf_fail_malloc(bytes, 1)
        wait("samples while malloc fails") { service.samples > before + 10 }
        cf_fail_malloc(0, 0)
        failures.append(cf_failures() - failed)
        service.goOn("after malloc failed")
    }
    tell("calls that failed: \(zip(sizes, failures).map { "\($1) of \($0) bytes or more" }.joined(separator: ", "))")
    service.finish()
}

/// The kernel gives the agent's threads no memory, now and then and at all.
func mmapFails(_ file: String) throws {
    let service = Service(file: file)
    try service.start()
    service.goOn("before")
    for every in [1, 2, 3, 7] as [UInt32] {
        let (failed, space) = (cf_failures(), statusFigure("VmSize") ?? 0)
        cf_fail_mmap(every)
        service.goOn("while mmap fails", samples: 30, snapshots: 10)
        wait("mmap fails") { cf_failures() > failed }
        cf_fail_mmap(0)
        service.goOn("after mmap failed")
        // Before a snapshot 64 MiB are asked for, and given back.
        wait("no address space is lost where mmap failed") { (statusFigure("VmSize") ?? 0) - space < 64 << 10 }
    }
    tell("\(cf_failures()) calls failed")
    service.finish()
}

/// The process may have little more address space than it has.
func addressSpaceIsShort(_ file: String) throws {
    let service = Service(file: file)
    try service.start()
    service.goOn("before", samples: 20, snapshots: 10)
    // For what the host itself needs meanwhile.
    let room = 12 << 10
    let space = (statusFigure("VmSize") ?? 0) + room
    let before = limit(RLIMIT_AS, to: rlim_t(space) << 10)
    service.goOn("within \(room >> 10) MiB", samples: 100, snapshots: 0)
    limit(RLIMIT_AS, to: before)
    service.goOn("after", snapshots: 5)
    // malloc looks for memory elsewhere where it gets none, and may say so in errno.
    service.finish(keepsErrno: false)
}

/// A control group leaves the process less than a snapshot may take.
func memoryLimitIsNear(_ file: String) throws {
    let limit = MemoryGroup.limit
    let service = Service(file: file)
    try service.start()
    service.goOn("before")
    var many: [Session] = []
    many.reserveCapacity(1 << 20)
    while (statusFigure("VmRSS") ?? 0) << 10 < limit - (40 << 20) {
        for _ in 0..<1000 { many.append(Session()) }
    }
    let held = many.count
    // And what is not tracked. The pages that the host shares with other processes are not the group's: it goes on.
    var blocks: [[UInt8]] = []
    while (statusFigure("VmRSS") ?? 0) << 10 < limit - (5 << 20) {
        blocks.append([UInt8](repeating: 1, count: 256 << 10))
    }
    // Until the next snapshot is due, which comes the later the longer the latest took.
    sleep(milliseconds: Int((service.tracker.snapshots.last?.duration ?? 0) * 6000))
    service.goOn("near the limit", samples: 100, snapshots: 0)
    let resident = (statusFigure("VmRSS") ?? 0) >> 10
    service.count(held, of: 0)
    many = []
    blocks = []
    cf_trim_heap()
    service.goOn("after", snapshots: 3)
    tell("\(held) objects, \(resident) MiB of \(limit >> 20) MiB")
    service.finish(keepsErrno: false, patience: .seconds(10))
}

/// The control group that the test has put us into.
private enum MemoryGroup {
    static var limit: Int {
        guard let text = getenv("FAULT_MEMORY_LIMIT"), let limit = Int(String(cString: text)) else {
            stop("FAULT_MEMORY_LIMIT is not set")
        }
        return limit
    }
}
