import ClassTracking
import Foundation
import Glibc

// observation-host entries|slots|any [LIBRARY LIBRARY]: whether births and deaths are told, and whether the process is as
// before afterwards; in a process of its own, because allocations are redirected for all of it.
// observation-host toggle: the same is done and undone many times while threads allocate.
// observation-host unload SECONDS inProcess|forked LIBRARY...: libraries come and go while everything is tracked.
// observation-host trapped: whether births are told where a trap stands behind the entry.
// observation-host churn SECONDS [refused]: snapshots while threads free what is sized, with another allocator than glibc's.
// observation-host lock: a snapshot in a process that has its memory locked.
// observation-host block: a snapshot of an object with the address of memory that cannot be read.
// OBSERVATION_FORBIDDEN=1 observation-host: whether tracking a class is refused where nothing lets us, and the process goes
// on. Without /proc, a Swift program has no arguments.

if getenv("OBSERVATION_FORBIDDEN") != nil { exit(forbidden()) }
let arguments = CommandLine.arguments.dropFirst()
guard let mode = arguments.first else {
    print("usage: observation-host entries|slots|any [EARLY_LIBRARY LATE_LIBRARY] | toggle | trapped")
    print("       observation-host churn SECONDS [refused] | lock | block")
    print("       observation-host unload SECONDS inProcess|forked LIBRARY...")
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

if mode == "trapped" { exit(trapped()) }
if mode == "toggle" {
    toggle(rounds: 200)
    print(checks.failures == 0 ? "all is well" : "\(checks.failures) failures")
    exit(checks.failures == 0 ? 0 : 1)
}
if ["churn", "lock", "block"].contains(mode) {
    switch mode {
    case "churn":
        try churn(seconds: libraries.first.flatMap(Double.init) ?? 1, isRefused: libraries.last == "refused")
    case "lock": try lock()
    default: try block()
    }
    print(checks.failures == 0 ? "all is well" : "\(checks.failures) failures")
    exit(checks.failures == 0 ? 0 : 1)
}
if mode == "unload", libraries.count > 2, let seconds = Double(libraries[0]) {
    try unload(seconds: seconds, libraries[1] == "forked" ? .forked : .inProcess, Array(libraries.dropFirst(2)))
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
    if mode != RuntimeHooks.Mode.slots.rawValue { try refusedClass() }
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
