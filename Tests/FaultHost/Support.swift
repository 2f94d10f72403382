import Glibc

/// Ends the process in a way that no test takes for success.
func stop(_ reason: String) -> Never {
    print("FAIL - \(reason)")
    fflush(nil)
    _exit(70)
}

func require(_ condition: Bool, _ reason: @autoclosure () -> String) {
    if !condition { stop(reason()) }
}

/// What the test prints as what the host saw.
func tell(_ text: String) {
    print("host: \(text)")
    fflush(nil)
}

/// Numbers that look random and are the same for the same seed.
struct Random {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }
}

private final class ThreadBody {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

func startThread(_ body: @escaping @Sendable () -> Void) -> pthread_t {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(ThreadBody(body)).toOpaque()
    let failure = pthread_create(
        &thread,
        nil,
        { context in
            guard let context else { return nil }
            Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
            return nil
        },
        context
    )
    require(failure == 0, "no thread: \(String(cString: strerror(failure)))")
    return thread
}

func sleep(milliseconds: Int) {
    let end = ContinuousClock.now + .milliseconds(milliseconds)
    // Signals may end each of these early.
    while ContinuousClock.now < end { usleep(1000) }
}

/// Waits until something is so, which on a loaded machine takes its time.
func wait(seconds: Int = 30, _ what: String, until isSo: () -> Bool) {
    let end = ContinuousClock.now + .seconds(seconds)
    while !isSo() {
        if ContinuousClock.now > end { stop("waited \(seconds) s in vain: \(what)") }
        usleep(5000)
    }
}

/// Sets the soft limit of a resource; returns the one before.
@discardableResult
func limit(_ resource: __rlimit_resource, to value: rlim_t) -> rlim_t {
    var limits = rlimit()
    let which = __rlimit_resource_t(resource.rawValue)
    require(getrlimit(which, &limits) == 0, "getrlimit: \(errno)")
    let before = limits.rlim_cur
    limits.rlim_cur = min(value, limits.rlim_max)
    require(setrlimit(which, &limits) == 0, "setrlimit: \(errno)")
    return before
}

/// A figure of /proc/self/status, as it stands there.
func statusFigure(_ key: String) -> Int? {
    guard let file = fopen("/proc/self/status", "r") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), file) != nil {
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard text.hasPrefix(key + ":") else { continue }
        return Int(text.filter(\.isNumber))
    }
    return nil
}
