import ClassTracking
import Dispatch
import Synchronization

/// Redirects allocations and takes that back, again and again, while threads allocate: nobody may notice.
@MainActor
func toggle(rounds: Int) {
    let isOver = Atomic<Bool>(false)
    let made = Atomic<Int>(0)
    let group = DispatchGroup()
    for _ in 0..<4 {
        DispatchQueue.global()
            .async(group: group) {
                while !isOver.load(ordering: .relaxed) {
                    for _ in 0..<100 { _ = chain(Leaf()) }
                    _ = try? FallibleHeir(throwing: true)
                    made.add(100, ordering: .relaxed)
                }
            }
    }
    for round in 0..<rounds {
        let tracker = ClassTracker(configuration: configuration())
        do {
            try RuntimeHooks.install([round % 2 == 0 ? .entries : .slots, .entries])
            try tracker.trackClass(Leaf.self, name: "leaf")
            _ = chain(Leaf())
            checks.expect("round \(round)", tracker.index["leaf"]?.isEmpty == false)
        } catch {
            checks.expect("round \(round)", false, "\(error)")
        }
        tracker.close()
    }
    isOver.store(true, ordering: .relaxed)
    group.wait()
    checks.expect("threads went on", made.load(ordering: .relaxed) > 0)
}

@inline(never)
private func chain(_ object: AnyObject) -> [AnyObject] { [object, Derived()] }
