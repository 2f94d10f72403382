#if CLI
import ClassTracking

/// The metrics of all processes whose records are read.
///
/// The series of a process that ends in order are removed immediately. A process that falls silent keeps its timestamps and
/// counters for an hour. A process that is restarted replaces the one before: labels have no process identifier.
struct MetricsBoard {
    /// The seconds after which a silent process is forgotten.
    private static let memory = 3600.0
    /// The most processes: anybody may write to a journal.
    private static let capacity = 256

    /// `true` to add the name of the machine to the labels.
    private let showsHost: Bool
    private var selection: ClassSelection
    /// The runs by the origin of their records.
    private var runs: [String: RunMetrics] = [:]
    /// The headers that were read before all other records, by origin.
    private var headers: [String: StoredRecord] = [:]

    /// Creates a board.
    ///
    /// - Parameters:
    ///   - classes: The patterns of the classes that may have series of their own; without a pattern all classes.
    ///   - showsHost: `true` if records of several machines are read.
    init(classes: [String] = [], showsHost: Bool = false) {
        selection = ClassSelection(classes)
        self.showsHost = showsHost
    }

    /// The number of processes with series.
    var processes: Int { runs.count }

    /// Keeps a header, for records that are read from the middle of a run.
    mutating func learn(_ stored: StoredRecord) {
        if case .header = stored.record.payload { headers[Self.key(stored)] = stored }
    }

    /// Returns the origin of a record.
    ///
    /// The process identifier is that of the sender's record, the unit that of systemd: no service can write for another unit.
    private static func key(_ stored: StoredRecord) -> String { "\(stored.origin) \(stored.unit ?? "")" }

    /// Adds the next record.
    ///
    /// - Parameters:
    ///   - stored: The record.
    ///   - source: The file of the record; empty for a journal, whose records have their origin.
    mutating func add(_ stored: StoredRecord, source: String = "") {
        let key = source + Self.key(stored)
        switch stored.record.payload {
        case .header(let header):
            // A header is repeated after each rotation, and when the interval changes.
            if let known = runs[key]?.header, known.isSameRun(as: header) { return }
            begin(header, stored, key)
        case .end:
            runs[key] = nil
        default:
            if runs[key] == nil { beginWithin(stored, key) }
            runs[key]?.add(stored.record, &selection)
        }
    }

    private mutating func begin(_ header: Header, _ stored: StoredRecord, _ key: String) {
        let owner = owner(program: header.program, stored)
        let invocation = stored.invocation ?? header.invocationID
        runs[key] = nil
        // systemd has restarted the unit after a process that wrote no end.
        if let invocation {
            for (other, run) in runs where run.owner == owner && run.invocation != nil && run.invocation != invocation {
                runs[other] = nil
            }
        }
        forgetOldest()
        runs[key] = RunMetrics(
            owner: owner,
            slot: freeSlot(of: owner),
            header: header,
            invocation: invocation,
            begin: header.startTime
        )
    }

    /// Begins a run without its header: a journal is read from the middle of a run.
    private mutating func beginWithin(_ stored: StoredRecord, _ key: String) {
        if let known = headers[Self.key(stored)], case .header(let header) = known.record.payload {
            begin(header, known, key)
        } else if let program = stored.program {
            let owner = owner(program: program, stored)
            forgetOldest()
            runs[key] = RunMetrics(
                owner: owner,
                slot: freeSlot(of: owner),
                header: nil,
                invocation: stored.invocation,
                begin: stored.record.wallTime
            )
        }
    }

    private func owner(program: String, _ stored: StoredRecord) -> MetricsOwner {
        MetricsOwner(host: showsHost ? stored.host : nil, unit: stored.unit, program: program)
    }

    private func freeSlot(of owner: MetricsOwner) -> Int {
        let taken = Set(runs.values.filter { $0.owner == owner }.map(\.slot))
        return (1...).first { !taken.contains($0) } ?? 1
    }

    private mutating func forgetOldest() {
        guard runs.count >= Self.capacity,
            let oldest = runs.min(by: { $0.value.lastTime < $1.value.lastTime })
        else { return }
        runs[oldest.key] = nil
    }

    /// Returns the metrics at a time in seconds since 1970, after forgetting processes that were silent for long.
    mutating func text(at now: Double) -> String {
        for (key, run) in runs where run.silence(at: now) > Self.memory && run.isSilent(at: now) {
            runs[key] = nil
        }
        selection.limit(to: Self.capacity, keeping: Set(runs.values.map(\.owner)))
        // A live process has sent a record since the time from which the journal was read.
        headers = [:]
        var text = ExpositionText()
        let ordered = runs.values.sorted { ($0.owner, $0.slot) < ($1.owner, $1.slot) }
        for run in ordered { run.write(to: &text, at: now, selection) }
        return text.text
    }
}
#endif
