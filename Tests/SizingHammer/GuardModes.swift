import CTrackingRuntime
import Glibc
import HeapSizing
import TrackingTestSupport

// sizing-hammer guard MODE: what becomes of the faults of a process that has handlers of its own. Each mode ends by
// printing "done" or by the signal that it is about.

/// Where nothing is ever mapped.
private let nowhere: UInt = 0x10

/// A read that is no guarded one.
@inline(never)
private func fault() { _ = UnsafePointer<UInt>(bitPattern: nowhere).map { forceRead($0) } }

@inline(never)
@_optimize(none)
private func forceRead(_ pointer: UnsafePointer<UInt>) -> UInt { pointer.pointee }

/// Walks what is not there, and checks that the walker survives it.
private func walkNowhere() {
    _ = HeapSizer().size(ofObjectAt: 0x5000)
    var guarded = ct_guard()
    let before = ct_guard_faults()
    guard ct_guard_enter(&guarded) == 0, ct_read64(nowhere) == 0, ct_guard_faults() == before + 1 else {
        stop("a guarded read was not resumed")
    }
    ct_guard_leave(&guarded)
}

/// Calls of the host's handlers, which say so and leave where they are told to.
enum Host {
    nonisolated(unsafe) static var calls = 0
    nonisolated(unsafe) static var before = sigaction()

    /// Leaves the process: a handler that returns would have the fault once more.
    static func leave(_ text: StaticString) -> Never {
        _ = Glibc.write(1, text.utf8Start, text.utf8CodeUnitCount)
        _exit(0)
    }
}

private func install(_ signal: Int32, _ action: sigaction) {
    var action = action
    guard sigaction(signal, &action, nil) == 0 else { stop("no handler could be installed") }
}

private func plain(flags: Int32 = 0, _ handler: @escaping @convention(c) (Int32) -> Void) -> sigaction {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = handler
    action.sa_flags = flags
    return action
}

private typealias InformedHandler =
    @convention(c) (Int32, UnsafeMutablePointer<siginfo_t>?, UnsafeMutableRawPointer?) -> Void

private func informed(flags: Int32 = 0, _ handler: @escaping InformedHandler) -> sigaction {
    var action = sigaction()
    action.__sigaction_handler.sa_sigaction = handler
    action.sa_flags = flags | SA_SIGINFO
    return action
}

func runGuardMode(_ mode: String) {
    // The backtracer of the runtime is a handler that was there before ours; most modes are without.
    switch mode {
    case "plain":
        install(SIGSEGV, plain { signal in Host.leave(signal == SIGSEGV ? "plain\n" : "wrong signal\n") })
        walkNowhere()
        fault()
    case "informed":
        install(
            SIGSEGV,
            informed { _, info, _ in
                let address = UInt(bitPattern: info?.pointee._sifields._sigfault.si_addr)
                Host.leave(address == 0x10 ? "informed\n" : "wrong address\n")
            }
        )
        walkNowhere()
        fault()
    case "resetting":
        // Called once; by then the default is back, and the repeated fault ends the process.
        install(SIGSEGV, plain(flags: Int32(bitPattern: UInt32(SA_RESETHAND))) { _ in _ = write(1, "once\n", 5) })
        walkNowhere()
        fault()
    case "default":
        install(SIGSEGV, plain { _ in })
        var standard = sigaction()
        standard.__sigaction_handler.sa_handler = nil
        install(SIGSEGV, standard)
        walkNowhere()
        fault()
    case "ignored-fault", "ignored-sent":
        signal(SIGSEGV, SIG_IGN)
        walkNowhere()
        if mode == "ignored-fault" { fault() }
        raise(SIGSEGV)
    case "default-sent":
        signal(SIGSEGV, SIG_DFL)
        walkNowhere()
        raise(SIGSEGV)
    case "bus":
        install(SIGBUS, plain { signal in Host.leave(signal == SIGBUS ? "bus\n" : "wrong signal\n") })
        walkNowhere()
        raise(SIGBUS)
    case "crash":
        walkNowhere()
        fault()
    default: runLaterMode(mode)
    }
    print("done")
}

/// Modes with a handler that comes in front of ours.
private func runLaterMode(_ mode: String) {
    switch mode {
    case "handing-back":
        // The host keeps what it found, ours, and hands on to it; ours goes on to what was before, not back again.
        install(SIGSEGV, plain { _ in Host.leave(Host.calls == 1 ? "first\n" : "called again\n") })
        walkNowhere()
        sigaction(SIGSEGV, nil, &Host.before)
        install(
            SIGSEGV,
            informed { signal, info, context in
                Host.calls += 1
                Host.before.__sigaction_handler.sa_sigaction(signal, info, context)
            }
        )
        walkNowhere()
        fault()
    case "not-chaining":
        walkNowhere()
        install(SIGSEGV, plain { _ in Host.leave("host\n") })
        walkNowhere()
        fault()
    case "many":
        // Handlers of all kinds, one after the other: a handler is another one too where its flags are.
        let handlers: [@convention(c) (Int32) -> Void] = [{ _ in Host.leave("0\n") }, { _ in Host.leave("1\n") }]
        let flags = [0, SA_RESTART, SA_NODEFER, SA_ONSTACK, SA_RESTART | SA_NODEFER, SA_NOCLDSTOP, SA_NOCLDWAIT]
        for number in 0..<400 {
            install(
                SIGSEGV,
                plain(
                    flags: flags[number % 7] | (number / 14 % 2 == 1 ? SA_NOCLDSTOP | SA_ONSTACK : 0),
                    handlers[number / 7 % 2]
                )
            )
            walkNowhere()
        }
        install(SIGSEGV, plain(handlers[1]))
        walkNowhere()
        fault()
    case "renewed":
        // A handler that comes during a walk is noticed before the walk's end.
        var guarded = ct_guard()
        guard ct_guard_enter(&guarded) == 0 else { stop("no guard") }
        install(SIGSEGV, plain { _ in Host.leave("host\n") })
        install(SIGBUS, plain { _ in Host.leave("host\n") })
        guard ct_guard_renew() == 0, ct_read64(16) == 0 else { stop("not renewed") }
        _ = Glibc.write(1, "renewed\n", 8)
        ct_guard_leave(&guarded)
        fault()
    case "alternating":
        // The same two over and over are known.
        for _ in 0..<100 {
            install(SIGSEGV, plain { _ in Host.leave("even\n") })
            walkNowhere()
            install(SIGSEGV, plain { _ in Host.leave("odd\n") })
            walkNowhere()
        }
        fault()
    case "stack": alternateStack()
    case "blocked": blocked()
    default: stop("no such mode: \(mode)")
    }
}

/// A stack overflow reaches the host's handler on its alternate stack, although ours is in front.
private func alternateStack() {
    let bytes = 1 << 16
    var stack = stack_t()
    stack.ss_sp = .allocate(byteCount: bytes, alignment: 16)
    stack.ss_size = bytes
    sigaltstack(&stack, nil)
    install(SIGSEGV, plain(flags: SA_ONSTACK) { _ in Host.leave("on a stack of its own\n") })
    walkNowhere()
    print(descend(1))
}

@_optimize(none)
private func descend(_ depth: Int) -> Int {
    withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 8) { bytes in
        bytes.storeBytes(of: depth, as: Int.self)
        return descend(depth + 1) + bytes.load(as: Int.self)
    }
}

/// A walk lets the faults through that it needs, and blocks them again.
private func blocked() {
    var faults = sigset_t()
    sigemptyset(&faults)
    sigaddset(&faults, SIGSEGV)
    pthread_sigmask(SIG_BLOCK, &faults, nil)
    walkNowhere()
    var now = sigset_t()
    pthread_sigmask(SIG_BLOCK, nil, &now)
    print(sigismember(&now, SIGSEGV) == 1 && sigismember(&now, SIGBUS) == 0 ? "blocked again" : "changed")
}
