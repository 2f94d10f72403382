#if CLI
import ClassTracking

/// The metrics of all processes whose records are read.
///
/// A process that ends in order leaves at once, with all its series. One that falls silent keeps those that say so for an
/// hour. One that is started again takes the place of the one before: the labels have no process identifier.
struct MetricsBoard {
    /// Seconds after which a silent process is forgotten.
    private static let memory = 3600.0
    /// Processes at most: anybody may write to a journal.
    private static let capacity = 256

    /// Whether the labels have the machine's name.
    private let showsHost: Bool
    private var selection: ClassSelection
    /// By where the records come from.
    private var runs: [String: RunMetrics] = [:]
    /// Headers that were read before everything else.
    private var headers: [String: StoredRecord] = [:]

    /// - Parameters:
    ///   - classes: Patterns of those that have series of their own; all without any.
    ///   - showsHost: Whether records of several machines are read.
    init(classes: [String] = [], showsHost: Bool = false) {
        selection = ClassSelection(classes)
        self.showsHost = showsHost
    }

    /// Processes that have series.
    var processes: Int { runs.count }

    /// Keeps a header for records that are read without the one before them.
    mutating func learn(_ stored: StoredRecord) {
        if case .header = stored.record.payload { headers[Self.key(stored)] = stored }
    }

    /// Where a record comes from.
    ///
    /// Its process identifier is what the sender says, its unit is what systemd says: nobody can speak for another unit.
    private static func key(_ stored: StoredRecord) -> String { "\(stored.origin) \(stored.unit ?? "")" }

    /// Takes the next record.
    ///
    /// - Parameters:
    ///   - stored: The record.
    ///   - source: Tells files apart; nothing for a journal, whose records say where they come from.
    mutating func add(_ stored: StoredRecord, source: String = "") {
        let key = source + Self.key(stored)
        switch stored.record.payload {
        case .header(let header):
            // After each rotation, and when the interval is changed.
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
        // systemd has started the unit again; the process before could not say that it ended.
        if let invocation {
            for (other, run) in runs where run.owner == owner && run.invocation != nil && run.invocation != invocation {
                runs[other] = nil
            }
        }
        makeRoom()
        runs[key] = RunMetrics(
            owner: owner,
            slot: freeSlot(of: owner),
            header: header,
            invocation: invocation,
            begin: header.startTime
        )
    }

    /// A journal is read from the middle of a run.
    private mutating func beginWithin(_ stored: StoredRecord, _ key: String) {
        if let known = headers[Self.key(stored)], case .header(let header) = known.record.payload {
            begin(header, known, key)
        } else if let program = stored.program {
            let owner = owner(program: program, stored)
            makeRoom()
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

    private mutating func makeRoom() {
        guard runs.count >= Self.capacity,
            let oldest = runs.min(by: { $0.value.lastTime < $1.value.lastTime })
        else { return }
        runs[oldest.key] = nil
    }

    /// The metrics of now, in seconds since 1970; who has been silent for long is forgotten.
    mutating func text(at now: Double) -> String {
        for (key, run) in runs where run.silence(at: now) > Self.memory && run.isSilent(at: now) {
            runs[key] = nil
        }
        selection.limit(to: Self.capacity, keeping: Set(runs.values.map(\.owner)))
        // Whoever is alive has sent something in the time that the journal was read from.
        headers = [:]
        var text = ExpositionText()
        let ordered = runs.values.sorted { ($0.owner, $0.slot) < ($1.owner, $1.slot) }
        for run in ordered { run.write(to: &text, at: now, selection) }
        return text.text
    }
}
#endif
