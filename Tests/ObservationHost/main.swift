import ClassTracking
import Foundation
import Glibc

// observation-host entries|slots|any [LIBRARY LIBRARY]: whether births and deaths are told, and whether the process is as
// before afterwards; in a process of its own, because allocations are redirected for all of it.
// observation-host toggle: the same is done and undone many times while threads allocate.
// OBSERVATION_FORBIDDEN=1 observation-host: whether tracking a class is refused where nothing lets us, and the process goes
// on. Without /proc, a Swift program has no arguments.

if getenv("OBSERVATION_FORBIDDEN") != nil { exit(forbidden()) }
let arguments = CommandLine.arguments.dropFirst()
guard let mode = arguments.first else {
    print("usage: observation-host entries|slots|any [EARLY_LIBRARY LATE_LIBRARY] | toggle")
    exit(EX_USAGE)
}
let wanted: [RuntimeHooks.Mode] = RuntimeHooks.Mode(rawValue: mode).map { [$0] } ?? [.entries, .slots]
let libraries = Array(arguments.dropFirst())
var checks = Checks()

func handle(_ path: String) -> UnsafeMutableRawPointer? { dlopen(path, RTLD_NOW | RTLD_LOCAL) }

func made(by library: UnsafeMutableRawPointer?) throws -> AnyObject {
    struct Missing: Error {}
    guard let library, let symbol = dlsym(library, "make_object") else { throw Missing() }
    let make = unsafeBitCast(symbol, to: (@convention(c) () -> UnsafeMutableRawPointer).self)
    return Unmanaged<AnyObject>.fromOpaque(make()).takeRetainedValue()
}

func configuration() -> ClassTracker.Configuration {
    var configuration = ClassTracker.Configuration()
    configuration.journal.enabled = false
    // Threads that come and go make more dead objects than are kept by default, and all of them are counted.
    configuration.retention.deadObjects = 100_000
    return configuration
}

if mode == "toggle" {
    toggle(rounds: 200)
    print(checks.failures == 0 ? "all is well" : "\(checks.failures) failures")
    exit(checks.failures == 0 ? 0 : 1)
}
let early = libraries.first.flatMap(handle)
do {
    // What the runtime and Foundation do once is done then.
    let first = ClassTracker(configuration: configuration())
    try RuntimeHooks.install(wanted)
    try observe(first, opensLibraries: false)
    first.close()
    let before = CodeImage()
    let tracker = ClassTracker(configuration: configuration())
    try RuntimeHooks.install(wanted)
    checks.expect("mode", RuntimeHooks.mode.map { mode == "any" || $0.rawValue == mode } ?? false)
    try observe(tracker, opensLibraries: libraries.count == 2)
    let during = CodeImage()
    checks.expect("something is changed meanwhile", !during.differences(from: before).isEmpty)
    tracker.close()
    checks.expect("nothing is redirected afterwards", RuntimeHooks.mode == nil)
    if libraries.count < 2 {
        var differences = before.differences(from: CodeImage())
        // Who reads /proc/self/maps while another thread maps memory may miss a line.
        for _ in 0..<10 where !differences.isEmpty { differences = before.differences(from: CodeImage()) }
        checks.expect("all code is as before", differences.isEmpty, differences.prefix(8).joined(separator: ", "))
    }
    // Objects are still made and lost.
    for _ in 0..<1000 { _ = Derived() }
} catch {
    checks.expect("tracking", false, "\(error)")
}
print(checks.failures == 0 ? "all is well" : "\(checks.failures) failures")
exit(checks.failures == 0 ? 0 : 1)
