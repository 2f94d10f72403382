import TrackingRecords
import TrackingStatistics

/// The samples and spikes of the periodic timer, as in its stream, in bounded memory.
///
/// It belongs to the tracker and outlives the runs of the timer. The memory is allocated when the timer is started:
/// adding a sample allocates nothing. Its lock is held for moments, with no other lock.
final class SampleLog: Sendable {
    /// The contents for statistics.
    struct Contents {
        /// The samples of all runs of the timer.
        var samples: SampleSeries
        /// The latest spikes, each in its last known state, oldest first.
        var spikes: [Spike]
    }

    private struct State: ~Copyable {
        /// The number of the latest snapshot.
        var number = 0
        var samples = SampleSeries()
        var snapshots = SnapshotRing(capacity: 0)
        var spikes: [Spike] = []
        var spikeLimit = 1
        /// The highest number of a spike.
        var latestSpike = 0
        /// The highest number of a spike when the timer was last started.
        var spikesBefore = 0
        var interval: Duration?
        /// The approximate bytes of memory, without those of the spikes.
        var bytes = 0
        /// The bytes of data that the tracker stores elsewhere.
        var otherBytes = 0
    }

    /// The approximate bytes of a spike with its context and the classes that grew.
    private static let spikeBytes = 2048

    private let state = OrderedMutex(.sampleLog, State())

    /// Allocates the memory for samples and snapshots, and begins to number the spikes of a new run of the timer.
    func begin(_ retention: ClassTracker.Configuration.Retention) {
        state.withLock { state in
            if state.snapshots.capacity != retention.snapshots {
                var snapshots = SnapshotRing(capacity: retention.snapshots)
                snapshots.take(state.snapshots)
                state.snapshots = snapshots
            }
            if state.samples.capacity != retention.samples {
                var samples = SampleSeries(reserving: retention.samples)
                for sample in state.samples.samples { samples.add(sample) }
                state.samples = samples
            }
            state.spikeLimit = retention.spikes
            state.spikes.reserveCapacity(retention.spikes)
            state.spikesBefore = state.latestSpike
            state.bytes =
                state.snapshots.bytes + SampleSeries.bytes(reserving: state.samples.capacity)
                + retention.spikes * MemoryLayout<Spike>.stride
        }
    }

    /// The current or last time between two samples; `nil` if none was ever taken.
    var interval: Duration? {
        get { state.withLock { $0.interval } }
        set { state.withLock { $0.interval = newValue } }
    }

    /// Returns the number of the next snapshot.
    func nextNumber() -> Int {
        state.withLock { state in
            state.number += 1
            return state.number
        }
    }

    /// Adds a sample.
    ///
    /// - Parameters:
    ///   - sample: The sample.
    ///   - isSnapshot: Whether it is a snapshot as well, because nothing is tracked.
    func add(_ sample: Sample, isSnapshot: Bool) {
        state.withLock { state in
            state.samples.add(sample)
            guard isSnapshot else { return }
            state.number += 1
            let overhead = state.bytes + state.spikes.count * Self.spikeBytes + state.otherBytes
            state.snapshots.add(state.number, sample, overhead: overhead)
        }
    }

    /// Adds a spike, or its new state.
    ///
    /// - Parameter found: The spike, with its number in the run of the timer.
    /// - Returns: The spike, numbered after those of the runs before: readers take all runs of one tracker for one run
    ///   of its process.
    func add(_ found: Spike) -> Spike {
        state.withLock { state in
            var spike = found
            spike.number += state.spikesBefore
            state.latestSpike = max(state.latestSpike, spike.number)
            if let position = state.spikes.lastIndex(where: { $0.number == spike.number }) {
                state.spikes[position] = spike
                return spike
            }
            if state.spikes.count == state.spikeLimit { state.spikes.removeFirst() }
            state.spikes.append(spike)
            return spike
        }
    }

    /// The snapshots taken while nothing was tracked, oldest first.
    var snapshots: [Snapshot] { state.withLock { $0.snapshots.snapshots } }

    /// A copy of everything that statistics need.
    var contents: Contents {
        state.withLock { Contents(samples: $0.samples.copy(), spikes: $0.spikes) }
    }

    /// Sets the bytes that the tracker stores elsewhere, which are added to the overhead of later snapshots.
    ///
    /// - Returns: The approximate bytes of memory of the log.
    func setOtherBytes(_ bytes: Int) -> Int {
        state.withLock { state in
            state.otherBytes = bytes
            return state.bytes + state.spikes.count * Self.spikeBytes
        }
    }

    /// Discards everything except the numbers of the next snapshot and spike.
    func clear() {
        state.withLock { state in
            state.samples.removeAll()
            state.snapshots.removeAll()
            state.spikes.removeAll(keepingCapacity: true)
        }
    }
}
