#if CLI
import ClassTracking
import Dispatch
import Glibc
import Synchronization

/// The service that is watched: does what the plan says, on a queue of its own, just after each sample.
final class DemoService: Sendable {
    private struct Memory: ~Copyable {
        var leaked: [Block] = []
        var owed = 0
        var busy: MappedMemory?
        var latestTick = -1
    }

    /// An array cannot hold what cannot be copied.
    private final class Block {
        let memory: MappedMemory

        init(_ memory: consuming MappedMemory) {
            self.memory = memory
        }
    }

    /// Smaller leaks are saved up: a map has at most some 65,000 entries.
    private static let smallestBlock = 64 << 10

    private let plan: DemoPlan
    private let queue = DispatchQueue(label: "class-tracker.demo")
    private let memory = Mutex(Memory())

    init(plan: DemoPlan) {
        self.plan = plan
    }

    /// Called on the sampling thread, which must not wait.
    func sampled(at timestamp: Double) {
        queue.async { self.work(tick: Int((timestamp / self.plan.interval).rounded())) }
    }

    private func work(tick: Int) {
        let step = memory.withLock { memory in
            let step = plan.step(from: memory.latestTick, to: max(tick, memory.latestTick))
            memory.latestTick = max(tick, memory.latestTick)
            if step.beginsAgain { memory.leaked = [] }
            memory.owed += step.leak
            if memory.owed >= Self.smallestBlock, let block = MappedMemory(byteCount: memory.owed) {
                memory.leaked.append(Block(block))
                memory.owed = 0
            }
            memory.busy = nil
            memory.busy = MappedMemory(byteCount: step.busy)
            return step
        }
        if step.spikes { spike() }
    }

    private func spike() {
        let end = DispatchTime.now() + plan.spikeLength
        let memory = MappedMemory(byteCount: plan.spikeBytes)
        let now = DispatchTime.now()
        if now < end { usleep(UInt32((end.uptimeNanoseconds - now.uptimeNanoseconds) / 1000)) }
        _ = consume memory
    }
}
#endif
