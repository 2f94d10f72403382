import ClassTracking
import Glibc
import Synchronization

/// Takes records and forgets all but the spikes.
final class SpikeCollector: RecordSink {
    let name = "spikes"
    private let found = Mutex<[Spike]>([])

    /// The spikes that are over.
    var ended: [Spike] { found.withLock { $0 } }

    var status: SinkStatus { SinkStatus(name: name, destination: "") }

    func receive(_ record: Record) {
        guard case .spike(let spike) = record.payload, spike.state == .ended else { return }
        found.withLock { $0.append(spike) }
    }

    func close() {}
}

extension ClassTracker {
    /// A tracker with the sinks given and no others.
    static func make(
        sinks: [any RecordSink],
        _ change: (inout Configuration) -> Void = { _ in }
    ) -> ClassTracker {
        var configuration = Configuration()
        configuration.journal.enabled = false
        // What things cost is measured, not how few of them there can be.
        configuration.overheadBudget = nil
        change(&configuration)
        return ClassTracker(configuration: configuration) { sinks }
    }

    /// Starts the timer or ends the program.
    func run(every interval: Duration) {
        do throws(TrackingError) {
            try startPeriodicSnapshots(interval: interval)
        } catch {
            fail("\(error)")
        }
    }

    /// Returns when so many samples were taken; ends the program when they take far too long.
    func wait(forSamples count: Int, every interval: Duration) {
        let patience = (interval * count * 3 + .seconds(10)) / .seconds(1)
        let start = nanoseconds()
        while status.samples < count {
            usleep(2000)
            if Double(nanoseconds() - start) / 1e9 > patience { fail("only \(status.samples) of \(count) samples") }
        }
    }
}
