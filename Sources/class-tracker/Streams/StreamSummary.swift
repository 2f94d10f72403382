#if CLI
import ClassTracking

/// What a stream of records comes to: its spikes, each once, and its totals.
struct StreamSummary {
    /// A spike, from the latest record of it.
    struct Entry: Equatable {
        /// Which run it is of; numbers of spikes begin at 1 in each.
        var run: Int
        /// Its name and process identifier: `program[pid]`.
        var process: String
        /// The machine's name, where it is known.
        var host: String?
        var spike: Spike
        /// The record as it is stored.
        var line: String

        /// When it began, in seconds since 1970.
        var beginWallTime: Double { spike.wallTime - (spike.timestamp - spike.begin) }
    }

    private(set) var spikes: [Entry] = []
    private(set) var samples = 0
    private(set) var largestResidentSet: Int?
    /// Records lost, by sink.
    private(set) var dropped: [String: Int] = [:]
    /// Runs seen.
    private(set) var runs = 0
    /// Machines seen, as far as their names are known.
    private(set) var hosts: Set<String> = []

    private struct Run {
        var number: Int
        var header: Header?
    }

    private struct Key: Hashable {
        var run: Int
        var spike: Int
    }

    private var current: [String: Run] = [:]
    private var positions: [Key: Int] = [:]

    /// Takes the next record; a header begins a run of its origin.
    mutating func add(_ stored: StoredRecord) {
        if let host = stored.host { hosts.insert(host) }
        switch stored.record.payload {
        case .header(let header): begin(header, stored.origin)
        case .sample(let sample):
            samples += sample.window?.count ?? 1
            raise(sample.maximumResidentSet ?? sample.intervalPeak ?? sample.memory.residentSet)
        case .spike(let spike): merge(spike, stored, run(of: stored.origin))
        case .drop(let drop): dropped[drop.sink, default: 0] += drop.count
        case .end(let end): raise(end.maximumResidentSet)
        case .notice, .snapshot, .classSize, .object, .trace, .history: break
        }
    }

    private mutating func begin(_ header: Header, _ origin: String) {
        if let known = current[origin]?.header, known.isSameRun(as: header) { return }
        runs += 1
        current[origin] = Run(number: runs, header: header)
    }

    /// A journal that was cut begins in the middle of a run.
    private mutating func run(of origin: String) -> Run {
        if let run = current[origin] { return run }
        runs += 1
        let run = Run(number: runs, header: nil)
        current[origin] = run
        return run
    }

    private mutating func merge(_ spike: Spike, _ stored: StoredRecord, _ run: Run) {
        let name = run.header.map { "\($0.program)[\($0.processID)]" } ?? stored.process ?? "-"
        let entry = Entry(
            run: run.number,
            process: name.printable,
            host: stored.host?.printable,
            spike: spike,
            line: stored.line
        )
        let key = Key(run: run.number, spike: spike.number)
        raise(spike.peak)
        guard let position = positions[key] else {
            positions[key] = spikes.count
            spikes.append(entry)
            return
        }
        // Files that were rotated while they were listed may be read out of order: what ended does not go on again.
        if spikes[position].spike.state == .ongoing { spikes[position] = entry }
    }

    private mutating func raise(_ residentSet: Int?) {
        guard let residentSet else { return }
        largestResidentSet = max(largestResidentSet ?? 0, residentSet)
    }

    /// One line: `2 spikes in 120 samples, largest resident set 308.2 MiB, no records dropped`.
    var text: String {
        var parts = ["\(Self.count(spikes.count, "spike")) in \(Self.count(samples, "sample"))"]
        if runs > 1 { parts[0] += " of \(runs) runs" }
        if hosts.count > 1 { parts[0] += " on \(hosts.count) machines" }
        if let largestResidentSet { parts.append("largest resident set \(ByteCount(largestResidentSet))") }
        if dropped.isEmpty {
            parts.append("no records dropped")
        } else {
            let losses = dropped.sorted { $0.key < $1.key }
            let texts = losses.map { "\(Self.count($0.value, "record")) dropped by the \($0.key.printable)" }
            parts += texts
        }
        return parts.joined(separator: ", ")
    }

    static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
#endif
