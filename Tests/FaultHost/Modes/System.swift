import CFaultSupport
import ClassTracking
import Dispatch
import Glibc
import Synchronization
import TrackingTestSupport

// MARK: No more threads

/// Starts while there are no threads to be had; the call has to come back with an error.
private func startInVain(_ service: Service) throws {
    try service.track()
    let begin = ThreadTime.now()
    do {
        try service.tracker.startPeriodicSnapshots(interval: .milliseconds(20))
        stop("the tracker says that it was started without a thread")
    } catch {
        let asleep = ThreadTime.now().asleep(since: begin)
        require(asleep < 2_000_000_000, "it slept for \(asleep / 1_000_000) ms to find that out")
        tell("\(error)")
    }
    require(service.tracker.status.interval == nil, "the tracker says that it runs")
}

func threadsAreRefusedBefore(_ file: String) throws {
    require(getuid() != 0, "RLIMIT_NPROC does not hold for root")
    let service = Service(file: file)
    let before = limit(__RLIMIT_NPROC, to: 1)
    try startInVain(service)
    require(ClassTracker.startFromEnvironment() != .off, "the environment asks for nothing")
    limit(__RLIMIT_NPROC, to: before)
    try service.start()
    service.goOn("after", samples: 20, snapshots: 5)
    service.finish()
}

func threadsAreRefusedWhile(_ file: String) throws {
    require(getuid() != 0, "RLIMIT_NPROC does not hold for root")
    let service = Service(file: file)
    try service.start(interval: .milliseconds(500))
    service.goOn("before", samples: 2)
    let before = limit(__RLIMIT_NPROC, to: 1)
    // For longer than a thread of a pool would wait for work.
    service.goOn("without threads", samples: 16, snapshots: 8)
    try service.tracker.startPeriodicSnapshots(interval: .milliseconds(20))
    service.goOn("with another interval", samples: 20, snapshots: 5)
    // Stopping needs none either.
    service.finish()
    limit(__RLIMIT_NPROC, to: before)
}

func threadsAreForbiddenBefore(_ file: String) throws {
    for error in [EAGAIN, EPERM] {
        let child = cf_fork()
        if child == 0 {
            do {
                require(cf_forbid_threads(error) == 0, "no filter")
                try startInVain(Service(file: file))
            } catch {
                stop("\(error)")
            }
            fflush(nil)
            _exit(0)
        }
        var status: Int32 = 0
        waitpid(child, &status, 0)
        require(status == 0, "the process without threads ended with \(status)")
    }
    let service = Service(file: file)
    try service.start()
    service.goOn("in another process")
    service.finish()
}

func threadsAreForbiddenWhile(_ file: String) throws {
    let service = Service(file: file)
    try service.start(interval: .milliseconds(500))
    service.goOn("before", samples: 2)
    require(cf_forbid_threads(EPERM) == 0, "no filter")
    service.goOn("without threads", samples: 16, snapshots: 8)
    service.finish()
}

// MARK: No more descriptors

private struct UsedUpDescriptors {
    private let before: rlim_t
    private var taken: [Int32] = []

    init() {
        before = limit(RLIMIT_NOFILE, to: 64)
        while true {
            let descriptor = dup(0)
            if descriptor < 0 { break }
            taken.append(descriptor)
        }
        require(errno == EMFILE, "dup: \(errno)")
    }

    func giveBack() {
        for descriptor in taken { close(descriptor) }
        limit(RLIMIT_NOFILE, to: before)
    }
}

func descriptorsAreUsedUpBefore(_ file: String) throws {
    let service = Service(file: file)
    let descriptors = UsedUpDescriptors()
    try service.start()
    service.goOn("without descriptors", samples: 50, snapshots: 10)
    guard case .degraded(let reason) = service.tracker.status.sinks.first?.condition else { stop("not degraded") }
    tell(reason)
    descriptors.giveBack()
    wait("the file is written") { service.tracker.status.sinks.first?.condition == .working }
    service.goOn("with descriptors", samples: 20)
    service.finish()
}

func descriptorsAreUsedUpWhile(_ file: String) throws {
    // So small that it is rotated meanwhile.
    let service = Service(file: file, maximumBytes: 64 << 10, keep: 200)
    try service.start()
    service.goOn("before")
    let descriptors = UsedUpDescriptors()
    service.goOn("without descriptors", samples: 50, snapshots: 10)
    // A class of which nobody has heard yet, and one whose metadata is put back and changed again.
    for round in 0..<20 {
        let late = (0..<50).map { _ in LateSession() }
        service.count(late.count, of: 0)
        for session in late { session.numbers = [round] }
        let other = ClassTracker()
        try other.trackClass(AdminSession.self, name: "again")
        let admin = AdminSession()
        admin.rights["round"] = round
        service.count(1, of: 1)
        require(other.isTracking(admin), "an instance is not tracked")
        other.close()
    }
    wait("the file has to be rotated") {
        if case .degraded = service.tracker.status.sinks.first?.condition { true } else { false }
    }
    service.goOn("while the file cannot be rotated")
    descriptors.giveBack()
    wait("the file is written again") { service.tracker.status.sinks.first?.condition == .working }
    service.goOn("with descriptors", samples: 20)
    service.finish()
}

/// All descriptors that the host has not opened become its own: files and connections, at the same numbers.
func descriptorsAreTaken(_ file: String) throws {
    // Dispatch keeps descriptors of its own, for every user of it in the process, and does not survive their loss.
    let isDispatchThere = DispatchSemaphore(value: 0)
    let timer = DispatchSource.makeTimerSource()
    timer.setEventHandler { isDispatchThere.signal() }
    timer.schedule(deadline: .now() + .milliseconds(1))
    timer.activate()
    isDispatchThere.wait()
    let inherited = Set(Possessions.openNumbers())
    let service = Service(file: file, maximumBytes: 64 << 10, keep: 200)
    try service.start()
    service.goOn("before")
    var taken = 0
    for round in 1...8 {
        var possessions = Possessions(FilePath(file).removingLastComponent())
        for number in Possessions.keptNumbers() where !inherited.contains(number) {
            possessions.take(number)
            taken += 1
        }
        service.goOn("round \(round)", samples: 10, snapshots: 2)
        let damage = possessions.damage()
        require(damage == [], "what the host has was changed: \(damage)")
        possessions.giveUp()
    }
    var possessions = Possessions(FilePath(file).removingLastComponent())
    for number in Possessions.keptNumbers() where !inherited.contains(number) { possessions.take(number) }
    service.finish()
    let damage = possessions.damage()
    require(damage == [], "what the host has was changed at the end: \(damage)")
    tell("\(taken) descriptors taken, none of them read, written, unlocked or closed since")
}

// Of the queue that the calling thread serves, where there is no argument; Swift has no call for it.
@_silgen_name("dispatch_queue_get_label")
private func label(of queue: OpaquePointer?) -> UnsafePointer<CChar>

/// Holds up a tick that Dispatch delivers.
private final class Hold: Sendable {
    private let isWanted = Atomic(true)
    let isHeld = Atomic(false)
    let isOver = Atomic(false)

    func pass() {
        guard String(cString: label(of: nil)) == "class-tracker.samples",
            isWanted.exchange(false, ordering: .sequentiallyConsistent)
        else { return }
        isHeld.store(true, ordering: .sequentiallyConsistent)
        while !isOver.load(ordering: .sequentiallyConsistent) { usleep(1000) }
    }
}

/// All descriptors become the host's own in the middle of a tick, those of Dispatch among them, which has a late timer to tell
/// itself of; then the tracker has to change the timer, to end it and to begin another.
func descriptorsOfDispatchAreTaken(_ file: String) throws {
    // Which it must not take for Dispatch's.
    let epoll = cf_open_epoll()
    require(epoll >= 0, "epoll_ctl: \(errno)")
    let inherited = Set(Possessions.openNumbers())
    let service = Service(file: file)
    let hold = Hold()
    try service.track()
    try service.tracker.startPeriodicSnapshots(interval: .milliseconds(20)) { _ in hold.pass() }
    service.work()
    wait("a tick that Dispatch delivers") { hold.isHeld.load(ordering: .sequentiallyConsistent) }
    // The timer comes due several times, and waits for the tick.
    sleep(milliseconds: 200)
    var possessions = Possessions(FilePath(file).removingLastComponent())
    let taken = Possessions.openNumbers().filter { !inherited.contains($0) }
    for number in taken { possessions.take(number) }
    hold.isOver.store(true, ordering: .sequentiallyConsistent)
    service.goOn("after all was closed")
    try service.tracker.startPeriodicSnapshots(interval: .milliseconds(10))
    service.goOn("with another interval", samples: 20)
    service.tracker.stopPeriodicSnapshots()
    // The records of two runs are not for one file: their numbers begin anew.
    rename(file, file + ".first")
    try service.tracker.startPeriodicSnapshots(interval: .milliseconds(20))
    service.goOn("after another start", samples: 20)
    service.finish()
    rename(file, file + ".second")
    rename(file + ".first", file)
    let damage = possessions.damage()
    require(damage == [], "what the host has was changed: \(damage)")
    require(inherited.allSatisfy { cf_signal_of($0) == 0 }, "what the host has was marked")
    tell("\(taken.count) descriptors taken, none of them read, written, unlocked or closed since")
}

// MARK: File systems

/// There is no /proc from the start on; in a mount namespace of our own.
func thereIsNoProc(_ file: String) throws {
    require(mount("tmpfs", "/proc", "tmpfs", 0, "size=64k") == 0, "mount: \(errno)")
    let service = Service(file: file)
    try service.start()
    service.goOn("without /proc", samples: 50, snapshots: 10)
    require(service.tracker.status.latestSample?.memory.residentSet == nil, "there is a /proc")
    service.finish()
}

/// Something is mounted over /proc, and taken away again; in a mount namespace of our own.
func procGoesAway(_ file: String) throws {
    let service = Service(file: file)
    try service.start()
    service.goOn("before")
    require(mount("tmpfs", "/proc", "tmpfs", 0, "size=64k") == 0, "mount: \(errno)")
    service.goOn("without /proc", samples: 30, snapshots: 10)
    // The kept descriptors are closed, as daemons do.
    for descriptor in 3..<1024 as Range<Int32> where cf_is_proc_file(descriptor) != 0 { close(descriptor) }
    service.goOn("without descriptors of /proc", samples: 30, snapshots: 10)
    require(umount("/proc") == 0, "umount: \(errno)")
    service.goOn("after", samples: 20)
    require(service.tracker.status.latestSample?.memory.residentSet != nil, "the figures have not come back")
    service.finish()
}

/// A read-only file system takes the place of the file's directory, and goes away again; in a mount namespace of our own.
///
/// One that is open for writing cannot be made read-only by a mount.
func fileSystemIsReadOnly(_ file: String) throws {
    let directory = FilePath(file).removingLastComponent().string
    let service = Service(file: file)
    try service.start()
    service.goOn("before")
    for round in 1...2 {
        require(mount("tmpfs", directory, "tmpfs", UInt(MS_RDONLY), "mode=0700") == 0, "mount: \(errno)")
        service.goOn("read-only \(round)", samples: 50)
        wait("the file cannot be written") {
            if case .degraded = service.tracker.status.sinks.first?.condition { true } else { false }
        }
        require(umount2(directory, Int32(MNT_DETACH)) == 0, "umount: \(errno)")
        wait("the file is written again") { service.tracker.status.sinks.first?.condition == .working }
        service.goOn("writable \(round)", samples: 30)
    }
    service.finish()
}
