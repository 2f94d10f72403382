import TrackingRecords
import TrackingStatistics

/// The samples and spikes of the periodic timer, as its stream has them, in bounded memory.
///
/// It belongs to the tracker and outlives the runs of the timer. The memory is taken when the timer is started: adding
/// a
/// sample allocates nothing. Its lock is held for moments, and with no other one.
final class SampleLog: Sendable {
    /// The contents for statistics.
    struct Contents {
        /// The samples of all runs of the timer.
        var samples: SampleSeries
        /// The latest spikes, each as it was known last, oldest first.
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
        /// The same when the timer was started last.
        var spikesBefore = 0
        var interval: Duration?
        /// Bytes of memory, about; those of the spikes are not among them.
        var bytes = 0
        /// Bytes of what the tracker keeps elsewhere.
        var otherBytes = 0
    }

    /// A spike with its context and the classes that grew, about.
    private static let spikeBytes = 2048

    private let state = OrderedMutex(.sampleLog, State())

    /// Takes the memory for samples and snapshots, and begins to number the spikes of a new run of the timer.
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

    /// The time between two samples, as it is or was last; `nil` where none was ever taken.
    var interval: Duration? {
        get { state.withLock { $0.interval } }
        set { state.withLock { $0.interval = newValue } }
    }

    /// The number of the next snapshot.
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
    ///   - isSnapshot: Whether it is a snapshot as well: nothing is tracked that a snapshot of its own would tell of.
    func add(_ sample: Sample, isSnapshot: Bool) {
        state.withLock { state in
            state.samples.add(sample)
            guard isSnapshot else { return }
            state.number += 1
            let overhead = state.bytes + state.spikes.count * Self.spikeBytes + state.otherBytes
            state.snapshots.add(state.number, sample, overhead: overhead)
        }
    }

    /// Adds a spike, or what is known of it now.
    ///
    /// - Parameter found: The spike, with its number in the run of the timer.
    /// - Returns: The spike, numbered on from those of the runs before: readers take all runs of one tracker for one
    ///   run of
    ///   its process.
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

    /// The snapshots of times at which nothing was tracked, oldest first.
    var snapshots: [Snapshot] { state.withLock { $0.snapshots.snapshots } }

    /// All that statistics need, in memory of its own.
    var contents: Contents {
        state.withLock { Contents(samples: $0.samples.copy(), spikes: $0.spikes) }
    }

    /// Adds what the tracker keeps elsewhere to the overhead of later snapshots.
    ///
    /// - Returns: Bytes of memory that the log takes, about.
    func setOtherBytes(_ bytes: Int) -> Int {
        state.withLock { state in
            state.otherBytes = bytes
            return state.bytes + state.spikes.count * Self.spikeBytes
        }
    }

    /// Forgets everything but the numbers of the next snapshot and spike.
    func clear() {
        state.withLock { state in
            state.samples.removeAll()
            state.snapshots.removeAll()
            state.spikes.removeAll(keepingCapacity: true)
        }
    }
}
