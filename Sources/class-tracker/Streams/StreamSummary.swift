#if CLI
import ClassTracking

/// The summary of a stream of records: its spikes, each of them once, and its totals.
struct StreamSummary {
    /// A spike, with the highest peak that any record shows.
    struct Entry: Equatable {
        /// The run of the spike; the numbers of spikes begin at 1 in each run.
        var run: Int
        /// The process: `program[pid]`.
        var process: String
        /// The name of the machine, if it is known.
        var host: String?
        var spike: Spike
        /// The stored line, or a new one if later records show a higher peak.
        var line: String

        /// The begin of the spike, in seconds since 1970.
        var beginWallTime: Double { spike.wallTime - (spike.timestamp - spike.begin) }
    }

    private(set) var samples = 0
    private(set) var largestResidentSet: Int?
    /// The number of lost records, by sink.
    private(set) var dropped: [String: Int] = [:]
    /// The names of the machines, as far as they are known.
    private(set) var hosts: Set<String> = []

    private struct Run {
        var number: Int
        var header: Header?
        var ledger = SpikeLedger()
        /// The latest record of each spike, by number.
        var entries: [Int: Entry] = [:]
        /// The firings that the cooldown suppressed, if there is an end record.
        var suppressed: Int?
    }

    /// The position of the latest run of each origin.
    private var current: [String: Int] = [:]
    private var all: [Run] = []

    /// Adds the next record; a header begins a run of its origin.
    mutating func add(_ stored: StoredRecord) {
        if let host = stored.host { hosts.insert(host) }
        let payload = stored.record.payload
        switch payload {
        case .header(let header): begin(header, stored.origin)
        case .sample(let sample):
            samples += sample.window?.count ?? 1
            raise(sample.maximumResidentSet ?? sample.intervalPeak ?? sample.memory.residentSet)
            all[run(of: stored.origin)].ledger.add(payload)
        case .snapshot(let snapshot):
            raise(snapshot.processMemory.residentSet)
            all[run(of: stored.origin)].ledger.add(payload)
        case .spike(let spike): add(spike, stored)
        case .drop(let drop): dropped[drop.sink, default: 0] += drop.count
        case .end(let end):
            raise(end.maximumResidentSet)
            all[run(of: stored.origin)].suppressed = end.suppressedSpikes
        default: break
        }
    }

    private mutating func begin(_ header: Header, _ origin: String) {
        if let known = current[origin].flatMap({ all[$0].header }), known.isSameRun(as: header) { return }
        current[origin] = all.count
        all.append(Run(number: all.count + 1, header: header))
    }

    /// Returns the position of the run of an origin, a new one if the stream begins in the middle of a run.
    private mutating func run(of origin: String) -> Int {
        if let run = current[origin] { return run }
        current[origin] = all.count
        all.append(Run(number: all.count + 1))
        return all.count - 1
    }

    private mutating func add(_ spike: Spike, _ stored: StoredRecord) {
        let position = run(of: stored.origin)
        let name = all[position].header.map { "\($0.program)[\($0.processID)]" } ?? stored.process ?? "-"
        raise(spike.peak)
        all[position].ledger.add(stored.record.payload)
        // The ledger keeps the earlier record if this one has nothing new.
        let entry = Entry(
            run: position + 1,
            process: name.printable,
            host: stored.host?.printable,
            spike: spike,
            line: stored.line
        )
        if all[position].ledger.spikes.contains(spike) || all[position].entries[spike.number] == nil {
            all[position].entries[spike.number] = entry
        }
    }

    /// The spikes, run by run, in order of their first records.
    var spikes: [Entry] {
        all.flatMap { run in
            run.ledger.spikes.compactMap { spike in
                guard var entry = run.entries[spike.number] else { return nil }
                if entry.spike != spike {
                    entry.spike = spike
                    entry.line = Record(.spike(spike)).jsonLine
                    // As lines of records from a journal have it.
                    if let host = entry.host {
                        entry.line = "\(entry.line.dropLast()),\"host\":\(JSONText.quoted(host))}"
                    }
                }
                return entry
            }
        }
    }

    /// The number of runs.
    var runs: Int { all.count }

    /// The sentences on the warm-ups of the runs.
    var warmUps: [String] { all.compactMap { $0.ledger.warmUpText } }

    /// The number of firings that the cooldown suppressed.
    private var suppressed: Int {
        all.reduce(0) { $0 + ($1.suppressed ?? $1.ledger.spikes.reduce(0) { $0 + $1.suppressed }) }
    }

    private mutating func raise(_ residentSet: Int?) {
        guard let residentSet else { return }
        largestResidentSet = max(largestResidentSet ?? 0, residentSet)
    }

    /// The summary in one line: `2 spikes in 120 samples, largest resident set 308.2 MiB, no records dropped`.
    var text: String {
        var parts = ["\(counted(spikes.count, "spike")) in \(counted(samples, "sample"))"]
        if runs > 1 { parts[0] += " of \(runs) runs" }
        if hosts.count > 1 { parts[0] += " on \(hosts.count) machines" }
        if suppressed > 0 { parts.append("\(counted(suppressed, "firing")) suppressed") }
        if let largestResidentSet { parts.append("largest resident set \(ByteText(largestResidentSet))") }
        if dropped.isEmpty {
            parts.append("no records dropped")
        } else {
            let losses = dropped.sorted { $0.key < $1.key }
            let texts = losses.map { "\(counted($0.value, "record")) dropped by the \($0.key.printable)" }
            parts += texts
        }
        return parts.joined(separator: ", ")
    }
}
#endif
