import ClassTracking
import Glibc
import Synchronization
import TrackingTestSupport

/// Opens and closes Swift libraries on several threads while everything is tracked and snapshots follow each other.
///
/// Each library has a function `work` that makes 200 objects of its class `Thing` and 600 of its generic class `Hold`, which
/// are all gone when it returns. The runtime searches libraries that are gone when it is asked for a conformance that it does
/// not know yet, so that the host asks for none meanwhile.
@MainActor
func unload(seconds: Double, _ isolation: Snapshot.Isolation, _ libraries: [String]) throws {
    let tracker = ClassTracker(configuration: configuration())
    // A pattern ends with its first classes.
    try tracker.trackClasses(matching: "*")
    _ = try tracker.createSnapshot(isolation: isolation)
    let runs = libraries.map { _ in Tally() }
    let isOver = Tally()
    let threads = (0..<3)
        .map { first in
            startThread {
                var index = first
                while isOver.value == 0 {
                    let which = index % libraries.count
                    index += first + 1
                    guard let library = dlopen(libraries[which], RTLD_NOW | RTLD_LOCAL) else { continue }
                    if let symbol = dlsym(library, "work") {
                        unsafeBitCast(symbol, to: (@convention(c) () -> Void).self)()
                        runs[which].add()
                    }
                    dlclose(library)
                }
            }
        }
    var created = [Int](repeating: 0, count: libraries.count)
    var snapshots = 0
    let names = libraries.map { String($0.split(separator: "/").last?.dropFirst(3).dropLast(3) ?? "") }
    var last: Snapshot?
    func look() throws {
        let snapshot = try tracker.createSnapshot(isolation: isolation)
        snapshots += 1
        for (index, name) in names.enumerated() { created[index] += snapshot.classes["\(name).Thing"]?.created ?? 0 }
        last = snapshot
    }
    let end = now() + seconds
    while now() < end { try look() }
    isOver.add()
    for thread in threads { pthread_join(thread, nil) }
    try look()
    let total = runs.reduce(0) { $0 + $1.value }
    print("\(snapshots) snapshots while libraries were opened \(total) times")
    checks.expect("libraries are opened", total > 10)
    let missed = last?.missed ?? 0
    for (index, name) in names.enumerated() {
        let expected = runs[index].value * 200
        let isRight = missed == 0 ? created[index] == expected : abs(created[index] - expected) <= missed
        checks.expect("births of \(name)", isRight, "\(created[index]) instead of \(expected), missed \(missed)")
        for kind in ["Thing", "Hold"] {
            let active = last?.classes["\(name).\(kind)"]?.active ?? 0
            checks.expect("\(name).\(kind) is dead", active == 0 || missed > 0, "\(active) are alive")
        }
    }
    tracker.close()
}

private func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// A number that threads add to.
private final class Tally: Sendable {
    private let number = Atomic(0)

    var value: Int { number.load(ordering: .relaxed) }

    func add() { number.add(1, ordering: .relaxed) }
}
