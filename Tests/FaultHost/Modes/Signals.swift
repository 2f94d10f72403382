import CFaultSupport
import ClassTracking
import Glibc
import Synchronization
import TrackingTestSupport

/// SIGPROF a thousand times a second of processor time, with a handler that interrupts system calls.
func signalsInterrupt(_ file: String) throws {
    cf_tick(1000)
    let service = Service(file: file)
    try service.start()
    // A snapshot by the host itself, on a thread that signals interrupt.
    for number in 0..<100 {
        try service.tracker.createSnapshot("by hand \(number)")
        usleep(10_000)
    }
    service.goOn("with signals", samples: 100, snapshots: 20)
    cf_tick(0)
    let ticks = cf_seen().ticks
    require(ticks > 100, "only \(ticks) signals came")
    tell("\(ticks) signals")
    service.finish()
}

/// Profilers, crash reporters and collectors stop each thread by a signal to it.
func threadsAreStopped(_ file: String) throws {
    let service = Service(file: file)
    try service.start()
    service.goOn("before")
    let signals = [SIGPROF, SIGVTALRM, SIGURG, SIGUSR1, SIGUSR2, SIGPWR, SIGXCPU, __libc_current_sigrtmin() + 2]
    for signal in signals {
        for _ in 0..<3 {
            let missing = cf_stop_threads(signal, 30_000)
            require(missing == 0, "\(missing) threads did not answer signal \(signal)")
        }
    }
    service.goOn("after")
    tell("all threads answered \(signals.count) signals")
    service.finish()
}

/// The host blocks signals and waits for them; our threads, which are there before, must not take them.
func signalsAreAwaited(_ file: String) throws {
    let service = Service(file: file)
    try service.track()
    try service.tracker.startPeriodicSnapshots(interval: .milliseconds(20))
    for signal in [SIGTERM, SIGINT, SIGHUP, SIGALRM, SIGUSR1, SIGUSR2, SIGPWR, SIGXCPU, __libc_current_sigrtmin() + 2] {
        for _ in 0..<10 {
            let outcome = cf_await_signal(signal, 0)
            require(outcome == 1, "signal \(signal) did not come to the thread that waits for it")
        }
    }
    for signal in [SIGTERM, SIGCHLD] {
        let outcome = cf_await_signal(signal, 1)
        require(outcome == 1, "signal \(signal) did not come to the thread that waits for it: \(outcome)")
    }
    tell("all signals came to the thread that waits for them")
    service.work()
    service.goOn("after")
    service.finish()
}

/// SIGSTOP and SIGCONT, sent by another process.
func processIsStopped(_ file: String) throws {
    let service = Service(file: file)
    try service.start()
    service.goOn("before")
    let host = getpid()
    let child = cf_fork()
    if child == 0 {
        for _ in 0..<20 {
            kill(host, SIGSTOP)
            usleep(100_000)
            kill(host, SIGCONT)
            usleep(150_000)
        }
        _exit(0)
    }
    waitpid(child, nil, 0)
    service.goOn("after")
    let missed = service.tracker.status.missedTicks
    require(missed > 0, "no tick was missed in 2 s of standstill")
    tell("\(missed) ticks did not happen, as the samples say")
    // Time stood still in the middle of operations.
    service.finish(patience: .seconds(5))
}

/// The host has handlers of SIGSEGV and SIGBUS that recover by siglongjmp, and faults all the time.
func handlers(_ file: String, isBefore: Bool, isOnStack: Bool) throws {
    if isBefore { cf_handle_faults(isOnStack ? 1 : 0) }
    let service = Service(file: file)
    try service.start()
    if !isBefore {
        // The agent has walked by now, so that the host's handlers come after its own.
        service.goOn("before the handlers")
        cf_handle_faults(isOnStack ? 1 : 0)
    }
    let threads = (0..<2)
        .map { index in
            startThread {
                if isOnStack { cf_use_alternate_stack() }
                for _ in 0..<2000 {
                    if cf_fault(Int32(index)) == 1 { Faults.caught.add(1, ordering: .relaxed) }
                    usleep(500)
                }
            }
        }
    for thread in threads { pthread_join(thread, nil) }
    service.goOn("after the faults")
    let caught = Faults.caught.load(ordering: .relaxed)
    require(caught == 4000, "\(caught) of 4000 faults came to the host")
    require(cf_seen().foreign == 0, "faults of the agent came to the host")
    tell("4000 faults of its own came to its handlers, none of the agent's")
    service.finish()
}

private enum Faults {
    static let caught = Atomic(0)
}
