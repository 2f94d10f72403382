#if CLI
import ClassTracking

/// What the records of one run of a process come to.
struct RunMetrics {
    /// What was held at a snapshot, as far as it has been told.
    private struct Holdings {
        var snapshot: Snapshot
        var classes: [String: (bytes: Int, instances: Int)] = [:]
        /// Class records that came; in the journal only the largest classes have one.
        var told = 0

        var isComplete: Bool { told >= snapshot.classCount }
    }

    /// Seconds for which a peak is shown: whoever looks once a minute misses none.
    private static let peakHold = 60.0
    /// Seconds after which a snapshot is shown although classes of it are missing.
    private static let patience = 2.0

    let owner: MetricsOwner
    /// Which one of the processes of its owner that live at the same time.
    let slot: Int
    let header: Header?
    /// systemd's identifier of the run of its unit.
    let invocation: String?
    /// Its first record, in seconds since 1970.
    private let begin: Double

    private var sample: Sample?
    /// Seconds between the two latest samples.
    private var step: Double
    /// Falling peaks of the last seconds: the first is the highest.
    private var peaks: [(time: Double, bytes: Int)] = []
    private var shown: Holdings?
    private var coming: Holdings?
    private var spike: Spike?
    private var spikes = 0
    private var dropped = 0

    init(owner: MetricsOwner, slot: Int, header: Header?, invocation: String?, begin: Double) {
        self.owner = owner
        self.slot = slot
        self.header = header
        self.invocation = invocation
        self.begin = begin
        step = header?.interval ?? 0
    }

    /// When it was sampled last, in seconds since 1970.
    var lastTime: Double { sample?.wallTime ?? begin }

    /// How long it has been silent, in seconds; what comes from far ahead is as good as nothing.
    func silence(at now: Double) -> Double { abs(now - lastTime) }

    /// Whether it is silent for so long that its figures are not those of now any more.
    func isSilent(at now: Double) -> Bool { silence(at: now) > max(30, 3 * min(step, 3600)) }

    // MARK: Records

    mutating func add(_ record: Record, _ selection: inout ClassSelection) {
        switch record.payload {
        case .sample(let sample): add(sample)
        case .snapshot(let snapshot):
            // Whatever is missing of the one before does not come any more.
            if coming != nil { shown = coming }
            coming = Holdings(snapshot: snapshot)
        case .classSize(let size): add(size, &selection)
        case .spike(let spike): add(spike)
        case .drop(let drop): dropped += drop.count
        case .header, .object, .trace, .history, .notice, .end: break
        }
    }

    private mutating func add(_ sample: Sample) {
        if let latest = self.sample, sample.wallTime > latest.wallTime { step = sample.wallTime - latest.wallTime }
        self.sample = sample
        guard let peak = sample.intervalPeak ?? sample.memory.residentSet else { return }
        peaks.removeAll { $0.time < sample.wallTime - Self.peakHold }
        while let last = peaks.last, last.bytes <= peak { peaks.removeLast() }
        peaks.append((sample.wallTime, peak))
    }

    private mutating func add(_ record: ClassSizeRecord, _ selection: inout ClassSelection) {
        guard coming?.snapshot.number == record.snapshot else { return }
        coming?.told += 1
        let name = LabelText.clean(record.name)
        guard selection.takes(name, of: owner) else { return }
        // Names that differ behind their first characters only are one class here.
        let before = coming?.classes[name] ?? (0, 0)
        coming?.classes[name] = (before.bytes + record.size.sum, before.instances + record.size.active)
    }

    private mutating func add(_ spike: Spike) {
        let latest = self.spike?.number ?? 0
        if spike.number > latest { spikes += 1 }
        // What ended does not go on again, where files were read out of order.
        if spike.number > latest || spike.number == latest && self.spike?.state == .ongoing { self.spike = spike }
    }

    // MARK: Series

    /// Writes the series; of a silent process only those that are no figures of now.
    func write(to text: inout ExpositionText, at now: Double, _ selection: ClassSelection) {
        let labels = owner.labels(slot: slot)
        text.add(.startTime, labels, seconds: header?.startTime)
        text.add(.lastSampleTime, labels, seconds: sample?.wallTime)
        text.add(.spikes, labels, spikes)
        text.add(.spikePeak, labels, spike?.peak)
        text.add(.spikeExcess, labels, spike?.excess)
        text.add(.spikeTime, labels, seconds: spike?.peakWallTime)
        text.add(.droppedRecords, labels, dropped)
        if isSilent(at: now) { return }
        text.add(.residentMemory, labels, sample?.memory.residentSet)
        text.add(.virtualMemory, labels, sample?.memory.virtualSize)
        text.add(.intervalPeak, labels, peaks.first?.bytes)
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
            // Of a class that a journal leaves out nothing is known; it is among the others.
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
