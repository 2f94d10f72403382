import Glibc
import TrackingTestSupport

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

func sleep(milliseconds: Int) {
    let end = ContinuousClock.now + .milliseconds(milliseconds)
    // Signals may end each of these early.
    while ContinuousClock.now < end { usleep(1000) }
}

/// Waits until something is so, and ends the process where it does not come.
func wait(_ what: String, until isSo: () -> Bool) {
    if !waitUntil(isSo) { stop("waited in vain: \(what)") }
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
