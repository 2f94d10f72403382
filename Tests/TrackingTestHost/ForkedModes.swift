import ClassTracking
import Dispatch
import Glibc
import SystemPackage
import TrackingTestSupport

/// What the forked modes track.
private final class Item {
    let bytes: [UInt8]
    var next: Item?

    init(_ count: Int) { bytes = [UInt8](repeating: 1, count: count) }
}

private func tracker() -> ClassTracker {
    var configuration = ClassTracker.Configuration()
    configuration.journal.enabled = false
    configuration.pauseBudget = .seconds(10)
    return ClassTracker(configuration: configuration)
}

private func describe(_ snapshot: Snapshot) -> String { snapshot.notForked ?? snapshot.isolation.rawValue }

/// The copies that this process has made and not waited for, whatever has become of them.
private func copies() -> [pid_t] {
    guard let directory = opendir("/proc") else { return [] }
    defer { closedir(directory) }
    var found: [pid_t] = []
    while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        guard let number = pid_t(name), let text = contents(of: "/proc/\(number)/stat"),
            let end = text.lastIndex(of: ")")
        else { continue }
        // The state and the parent stand behind the name.
        let fields = text[end...].split(separator: " ")
        if fields.count > 2, pid_t(fields[2]) == getpid() { found.append(number) }
    }
    return found
}

private func contents(of path: String) -> String? {
    guard let file = try? FileDescriptor.open(path, .readOnly) else { return nil }
    defer { try? file.close() }
    var bytes = [UInt8](repeating: 0, count: 1024)
    guard let count = bytes.withUnsafeMutableBytes({ try? file.read(into: $0) }) else { return nil }
    return String(decoding: bytes[..<count], as: UTF8.self)
}

private func openDescriptors() -> Int { (0..<1024).count { fcntl($0, F_GETFD) >= 0 } }

private nonisolated(unsafe) var childSignals: Int32 = 0

/// `forked-children MODE`: takes forked snapshots in a host that looks after its children in its own way.
///
/// MODE is `handler`, `ignore` or `wait`; prints what was forked, and what the host has noticed of it or was left with.
func forkedChildren(_ mode: String) {
    signal(SIGCHLD) { _ in childSignals += 1 }
    if mode == "ignore" { signal(SIGCHLD, SIG_IGN) }
    let isDone = DispatchSemaphore(value: 0)
    let waiter = DispatchSemaphore(value: 0)
    nonisolated(unsafe) var waited = 0
    if mode == "wait" {
        startThread {
            while isDone.wait(timeout: .now()) == .timedOut {
                var status: Int32 = 0
                if waitpid(-1, &status, 0) > 0 { waited += 1 }
            }
            waiter.signal()
        }
    } else {
        waiter.signal()
    }
    let tracker = tracker()
    let items = (0..<100).map { _ in Item(100) }
    for item in items { try? tracker.trackObject(item) }
    var results: [String: Int] = [:]
    var descriptors = 0
    for index in 0..<200 {
        if index == 10 { descriptors = openDescriptors() }
        let result = (try? tracker.createSnapshot(isolation: .forked)).map(describe) ?? "error"
        results[result, default: 0] += 1
    }
    isDone.signal()
    waiter.wait()
    withExtendedLifetime(items) {}
    print(results.map { "\($0): \($1)" }.sorted().joined(separator: ", "))
    let more = openDescriptors() - descriptors
    print("signals \(childSignals), waited \(waited), left \(copies().count), descriptors \(more)")
}

/// `forked-processes`: has no right to make another process.
func forkedProcesses() {
    let tracker = tracker()
    let item = Item(100)
    try? tracker.trackObject(item)
    print((try? tracker.createSnapshot(isolation: .forked)).map(describe) ?? "error")
    // The limit is one of a user, and the superuser has none.
    guard setgid(65534) == 0, setuid(65534) == 0 else { exit(EX_NOPERM) }
    var limit = rlimit(rlim_cur: 0, rlim_max: 0)
    guard setrlimit(__rlimit_resource_t(__RLIMIT_NPROC.rawValue), &limit) == 0 else { exit(EX_OSERR) }
    print((try? tracker.createSnapshot(isolation: .forked)).map(describe) ?? "error")
    withExtendedLifetime(item) {}
}

/// `forked-group PROCS_FILE BYTES`: enters a control group by its file of processes, and fills so many bytes.
func forkedGroup(_ procs: String, _ bytes: Int) {
    guard let file = try? FileDescriptor.open(procs, .writeOnly), (try? file.writeAll("\(getpid())".utf8)) != nil else {
        exit(EX_NOPERM)
    }
    try? file.close()
    let tracker = tracker()
    let item = Item(bytes)
    try? tracker.trackObject(item)
    print((try? tracker.createSnapshot(isolation: .forked)).map(describe) ?? "error")
    withExtendedLifetime(item) {}
}

/// `forked-exec COUNT`: becomes the same program anew so many times, in the middle of forked snapshots.
///
/// Prints how many copies were left to the last one, and how many are left when its tracker has run for a moment.
func forkedExec(_ count: Int) {
    let tracker = tracker()
    if count == 0 {
        let before = copies().count
        try? tracker.startPeriodicSnapshots(interval: .milliseconds(5))
        _ = waitUntil(seconds: 30) { copies().isEmpty }
        print(before > 0, copies().count)
        return
    }
    let items = (0..<20_000).map { _ in Item(10) }
    for item in items { try? tracker.trackObject(item) }
    startThread { while true { _ = try? tracker.createSnapshot(isolation: .forked) } }
    // In the middle of one: it is there, and has its name.
    let before = copies().count
    _ = waitUntil(seconds: 30) { copies().count > before && copies().allSatisfy(isNamed) }
    withExtendedLifetime(items) {}
    let texts: [String] = [CommandLine.arguments[0], "forked-exec", "\(count - 1)"]
    var arguments = texts.map { strdup($0) } + [nil]
    execv("/proc/self/exe", &arguments)
    exit(EX_OSERR)
}

private func isNamed(_ copy: pid_t) -> Bool {
    let file = open("/proc/\(copy)/comm", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = read(file, &bytes, bytes.count)
    return count > 0 && String(decoding: bytes[..<count], as: UTF8.self) == "class-tracker\n"
}

/// `forked-orphan`: stops a copy in the middle, prints its number and waits to be killed.
func forkedOrphan() {
    let tracker = tracker()
    let first = Item(10)
    var last = first
    for _ in 0..<100_000 {
        let item = Item(10)
        last.next = item
        last = item
    }
    try? tracker.trackObject(first)
    startThread { while true { _ = try? tracker.createSnapshot(isolation: .forked) } }
    while true {
        // It has its name when it has said that it ends with this process; before that it looks whether this one is there.
        guard let copy = copies().first(where: isNamed), kill(copy, SIGSTOP) == 0 else { continue }
        print(copy)
        fflush(nil)
        while true { pause() }
    }
}
