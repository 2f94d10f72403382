#if CLI
import ClassTracking

/// The metrics of one run of a process.
struct RunMetrics {
    /// The sizes of classes at a snapshot, as far as their records have come.
    private struct Holdings {
        var snapshot: Snapshot
        var classes: [String: (bytes: Int, instances: Int)] = [:]
        /// The number of class records that came: in the journal only the largest classes have one.
        var received = 0

        var isComplete: Bool { received >= snapshot.classCount }
    }

    /// The seconds after which a snapshot is shown although classes are missing from it.
    private static let patience = 2.0

    let owner: MetricsOwner
    /// The number of the process among those of its owner that run at the same time, from 1.
    let slot: Int
    let header: Header?
    /// The identifier that systemd gives to a run of a unit.
    let invocation: String?
    /// The time of its first record, in seconds since 1970.
    private let begin: Double

    private var sample: Sample?
    /// The seconds between the two latest samples.
    private var step: Double
    private var peaks = PeakHold()
    private var shown: Holdings?
    private var coming: Holdings?
    private var ledger = SpikeLedger(limit: 1)
    private var dropped = 0

    init(owner: MetricsOwner, slot: Int, header: Header?, invocation: String?, begin: Double) {
        self.owner = owner
        self.slot = slot
        self.header = header
        self.invocation = invocation
        self.begin = begin
        step = header?.interval ?? 0
    }

    /// The latest spike.
    var spike: Spike? { ledger.spikes.last }

    /// The time of the latest sample, in seconds since 1970.
    var lastTime: Double { sample?.wallTime ?? begin }

    /// Returns the seconds since the latest sample; a sample from the future counts as an old one.
    func silence(at now: Double) -> Double { abs(now - lastTime) }

    /// Indicates whether the latest sample is so old that its figures are not current any more.
    func isSilent(at now: Double) -> Bool { silence(at: now) > max(30, 3 * min(step, 3600)) }

    // MARK: Records

    mutating func add(_ record: Record, _ selection: inout ClassSelection) {
        ledger.add(record.payload)
        switch record.payload {
        case .sample(let sample): add(sample)
        case .snapshot(let snapshot):
            // The missing classes of the snapshot before do not come any more.
            if coming != nil { shown = coming }
            coming = Holdings(snapshot: snapshot)
        case .classSize(let size): add(size, &selection)
        case .drop(let drop): dropped += drop.count
        default: break
        }
    }

    private mutating func add(_ sample: Sample) {
        // Wall times jump when the clock is set.
        if let latest = self.sample, sample.timestamp > latest.timestamp { step = sample.timestamp - latest.timestamp }
        self.sample = sample
        guard let peak = sample.intervalPeak ?? sample.memory.residentSet else { return }
        peaks.add(peak, at: sample.timestamp)
    }

    private mutating func add(_ record: ClassSizeRecord, _ selection: inout ClassSelection) {
        guard coming?.snapshot.number == record.snapshot else { return }
        coming?.received += 1
        let name = LabelText.clean(record.name)
        guard selection.takes(name, of: owner) else { return }
        // Long names that differ only after their first characters are one class here.
        let before = coming?.classes[name] ?? (0, 0)
        coming?.classes[name] = (before.bytes + record.size.sum, before.instances + record.size.active)
    }

    // MARK: Series

    /// Writes the series; those of a silent process without the current figures.
    func write(to text: inout ExpositionText, at now: Double, _ selection: ClassSelection) {
        let labels = owner.labels(slot: slot)
        text.add(.startTime, labels, seconds: header?.startTime)
        text.add(.lastSampleTime, labels, seconds: sample?.wallTime)
        text.add(.spikes, labels, ledger.count)
        text.add(.spikePeak, labels, spike?.peak)
        text.add(.spikeExcess, labels, spike?.excess)
        text.add(.spikeTime, labels, seconds: spike?.peakWallTime)
        text.add(.droppedRecords, labels, dropped)
        if isSilent(at: now) { return }
        text.add(.residentMemory, labels, sample?.memory.residentSet)
        text.add(.virtualMemory, labels, sample?.memory.virtualSize)
        text.add(.intervalPeak, labels, peaks.highest)
        text.add(.memoryLimit, labels, header?.memoryLimit)
        text.add(.threads, labels, sample?.memory.threadCount)
        text.add(.spikeActive, labels, spike?.state == .ongoing ? 1 : 0)
        writeClasses(to: &text, at: now, selection)
    }

    private func writeClasses(to text: inout ExpositionText, at now: Double, _ selection: ClassSelection) {
        let isReady = coming.map { $0.isComplete || now - $0.snapshot.wallTime > Self.patience } ?? false
        guard let holdings = isReady ? coming : shown else { return }
        let labels = owner.labels(slot: slot)
        text.add(.tracked, labels, holdings.snapshot.trackedTotal)
        var (bytes, instances) = (holdings.snapshot.trackedTotal, holdings.snapshot.objectCount)
        for name in selection.names(of: owner).sorted() {
            // The journal omits small classes; they count as "other".
            guard let held = holdings.classes[name] ?? (holdings.isComplete ? (0, 0) : nil) else { continue }
            text.add(.classBytes, [("class", name)] + labels, held.bytes)
            text.add(.classInstances, [("class", name)] + labels, held.instances)
            bytes -= held.bytes
            instances -= held.instances
        }
        text.add(.classBytes, [("class", TrackerMetric.otherClass)] + labels, max(0, bytes))
        text.add(.classInstances, [("class", TrackerMetric.otherClass)] + labels, max(0, instances))
    }
}
#endif
