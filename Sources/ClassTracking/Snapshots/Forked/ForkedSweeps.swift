import CTrackingRuntime
import Glibc
import HeapSizing
import ProcessSampling
import TrackingRecords

/// Sizes tracked objects in copies of the process, if the conditions allow it.
struct ForkedSweeps {
    /// The limits of a copy.
    struct Conditions {
        /// The longest pause in seconds.
        var pauseBudget: Double
        /// The number of objects whose referents are kept.
        var detailLimit: Int
    }

    /// The result of a copy of the process; the objects are in the memory that it was given.
    struct Found {
        var kinds: KindTable
        /// The time of the copy.
        var moment: StreamClock.Moment
    }

    /// The seconds after which a copy ends itself; it is killed a second later.
    var lifetime = 30.0
    /// The available bytes; tests replace the kernel's figure.
    var headroom: @Sendable () -> Int? = { MemoryHeadroom.current() }
    private(set) var forecast = PauseForecast()
    /// The seconds for which copies were made since ``takePause()``; `nil` if none was.
    private var pause: Double?
    /// Indicates whether the types of a whole sweep are known, and its code has run once.
    private var hasLearnt = false
    private var number: UInt64 = 0
    /// The reason why the last one was not forked.
    private var reason: ForkRefusal?

    /// Further attempts after the second are for a registry that is busy, or grows meanwhile.
    private static let attempts = 4

    // MARK: Decision

    /// Decides whether a copy may be made.
    ///
    /// - Throws: The reason why not.
    mutating func check(_ memory: ProcessMemory, budget: Double) throws(ForkRefusal) {
        guard HeapSizer.canSizeCopies else { throw .foreignAllocator }
        guard let pages = PauseForecast.pages(of: memory), let cost = CopyCost(memory), let headroom = headroom() else {
            throw .memoryUnknown
        }
        let predicted = forecast.pause(pages: pages)
        guard predicted <= budget else {
            forecast.forget()
            throw .pauseTooLong(predicted: predicted, budget: budget)
        }
        guard cost.resident <= headroom else { throw .memoryShort(needed: cost.resident, available: headroom) }
        if let headroom = MemoryHeadroom.commitHeadroom(), cost.promised > headroom {
            throw .commitShort(needed: cost.promised, available: headroom)
        }
    }

    /// Returns the seconds for which the process may have been stopped since the last call.
    mutating func takePause() -> Double? { pause.take() }

    /// Records the way in which a snapshot was taken.
    ///
    /// - Returns: Whether it differs from the previous one.
    mutating func isNews(_ reason: ForkRefusal?) -> Bool {
        defer { self.reason = reason }
        guard let reason, let before = self.reason else { return reason != nil || self.reason != nil }
        return !reason.isSameKind(as: before)
    }

    // MARK: Sweep

    /// Copies all live objects and sizes them, at one instant.
    ///
    /// - Parameters:
    ///   - registry: The tracked objects.
    ///   - memory: The memory for the objects; its previous content is lost in any case.
    ///   - process: The memory of the process.
    ///   - conditions: The limits of a copy.
    ///   - clock: The clock that gives the time of the copy.
    /// - Returns: The results.
    /// - Throws: The reason why there are none.
    mutating func sweep(
        _ registry: ObjectRegistry,
        _ memory: inout MeasurementMemory,
        _ process: ProcessMemory,
        _ conditions: Conditions,
        _ clock: StreamClock
    ) throws(ForkRefusal) -> Found {
        try check(process, budget: conditions.pauseBudget)
        if !memory.isShared { memory = MeasurementMemory(isShared: true) }
        if !hasLearnt { learn(registry, &memory, conditions) }
        var expected = 0
        var isSecondTime = false
        for _ in 0..<Self.attempts {
            let kinds = KindTable(registry)
            expected = max(expected, registry.liveCount)
            guard memory.prepare(objects: expected + expected / 8 + 1024, kinds: kinds.metadata.count) else {
                throw .noMemory
            }
            let sizer = HeapSizer()
            guard sizer.prepareForCopy(kinds.metadata) else { throw .noMemory }
            number += 1
            var work = CopyTask(
                registry: registry,
                kinds: kinds,
                sizer: sizer,
                detailLimit: conditions.detailLimit,
                number: number,
                memory: exchange(&memory, with: MeasurementMemory())
            )
            let moment = clock.now()
            let result = run(&work, PauseForecast.pages(of: process) ?? 0)
            memory = work.takeMemory()
            switch result {
            case .failure(let reason): throw reason
            case .success(.grown(let objects)): expected = max(expected, objects)
            case .success(.whole): return Found(kinds: kinds, moment: moment)
            case .success(.incomplete(let reason)):
                if isSecondTime { throw reason }
                isSecondTime = true
                learn(registry, &memory, conditions)
            }
        }
        throw .busy
    }

    private enum Outcome {
        case whole
        /// There are unknown types, or more referents than fit.
        case incomplete(ForkRefusal)
        /// There were more objects or kinds than expected, or a lock could not be taken.
        case grown(objects: Int)
    }

    private mutating func run(_ work: inout CopyTask, _ pages: Int) -> Result<Outcome, ForkRefusal> {
        let expected = ct_copy_expectation(
            objects: min(work.memory.objects.count, work.memory.sizes.count),
            kinds: work.kinds.metadata.count
        )
        let milliseconds = UInt32(lifetime * 1000)
        var copy = ct_process_copy()
        let (pointer, number) = (work.registry.pointer, work.number)
        let failure = withUnsafeMutablePointer(to: &work) {
            ct_copy_process(pointer, expected, milliseconds, CopyTask.run, $0, &copy)
        }
        switch failure {
        case 0: break
        case ENOSPC: return .success(.grown(objects: copy.objects))
        case EBUSY, ESTALE: return .success(.grown(objects: 0))
        case EXDEV: return .failure(.otherNamespace)
        default: return .failure(.refused(failure))
        }
        let seconds = Double(copy.pause) / 1e9
        pause = (pause ?? 0) + seconds
        forecast.note(pause: seconds, pages: pages)
        let end = ct_await_copy(&copy, milliseconds + 1000)
        // Judged by its results: its exit status is lost if the host has waited for it.
        if work.memory.isWhole(number), let totals = work.memory.sums?.totals {
            if totals.hasOverflowed || work.memory.tree.hasOverflowed { return .success(.incomplete(.resultTooLarge)) }
            return .success(totals.unknownTypes > 0 ? .incomplete(.unknownTypes) : .whole)
        }
        if end.was_late != 0 || end.signal == SIGALRM { return .failure(.tooSlow(lifetime)) }
        if end.signal != 0 { return .failure(.killed(end.signal)) }
        if end.status > 128 { return .failure(.crashed(end.status - 128)) }
        return .failure(.damaged(status: end.status))
    }

    /// Sweeps in process, to read the layouts of types, to determine the space for referents, and to let the Swift
    /// runtime perform its work at the first execution of code.
    private mutating func learn(_ registry: ObjectRegistry, _ memory: inout MeasurementMemory, _ conditions: Conditions)
    {
        let sizer = HeapSizer()
        var sweep = LiveObjects(registry, exchange(&memory, with: MeasurementMemory()), sizer)
        sweep.size(with: sizer, KindTable(registry), detailLimit: conditions.detailLimit)
        memory = sweep.takeMemory()
        memory.seal(0)
        _ = memory.isWhole(0)
        hasLearnt = true
    }
}

extension MeasurementMemory {
    /// Reserves memory for everything that a copy may find.
    fileprivate mutating func prepare(objects: Int, kinds: Int) -> Bool {
        guard reserveObjects(objects, keeping: 0), reserveSizes(objects), reset(expecting: objects, isFixed: true)
        else { return false }
        sums?.count(kinds: kinds)
        return true
    }
}
