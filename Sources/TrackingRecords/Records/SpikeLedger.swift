/// The spikes of one run, each once, as high as anything shows that was recorded of it.
///
/// A spike that goes on is told when it begins and when its height has doubled. What comes after that in samples and snapshots
/// is part of it: a process that is killed at the height of a spike does not tell it again. All that shows spikes takes them
/// from here, so that all show the same.
package struct SpikeLedger: Sendable {
    /// The latest spikes, oldest first.
    package private(set) var spikes: [Spike] = []
    /// How many there were.
    package private(set) var count = 0
    /// The highest peak while the detector did not know yet what is normal.
    package private(set) var warmUp: Spike.Point?
    /// The highest one after that.
    private var highest: Int?
    private let limit: Int

    /// A maximum of the warm-up is told of that is above all later ones by more than this part of it.
    private static let tellingPart = 8

    /// - Parameter limit: How many spikes are kept, the latest ones.
    package init(limit: Int = .max) { self.limit = limit }

    /// Takes the next record.
    package mutating func add(_ payload: Record.Payload) {
        switch payload {
        case .spike(let spike): add(spike)
        case .sample(let sample): add(sample)
        case .snapshot(let snapshot): raise(to: snapshot.processMemory.residentSet, at: snapshot.timestamp)
        case .header, .classSize, .object, .trace, .history, .drop, .notice, .end: break
        }
    }

    private mutating func add(_ spike: Spike) {
        guard let position = spikes.lastIndex(where: { $0.number == spike.number }) else {
            if spike.number > spikes.last?.number ?? 0 { count += 1 }
            spikes.append(spike)
            if spikes.count > limit { spikes.removeFirst(spikes.count - limit) }
            return
        }
        let known = spikes[position]
        // Files that were rotated while they were listed may be read out of order: what ended does not go on again.
        guard known.state == .ongoing, spike.state == .ended || spike.timestamp >= known.timestamp else { return }
        spikes[position] = spike
        if spike.state == .ongoing { spikes[position].raise(to: known.peak, at: known.peakTime) }
    }

    private mutating func add(_ sample: Sample) {
        let peak = sample.intervalPeak ?? sample.window?.maximum ?? sample.memory.residentSet
        note(peak, of: sample)
        raise(to: peak, at: sample.timestamp)
    }

    private mutating func note(_ peak: Int?, of sample: Sample) {
        guard let peak else { return }
        if sample.decision?.verdict == .warmingUp {
            guard peak > warmUp?.intervalPeak ?? 0 else { return }
            warmUp = Spike.Point(
                timestamp: sample.timestamp,
                residentSet: sample.memory.residentSet ?? peak,
                intervalPeak: peak
            )
        } else {
            highest = max(highest ?? 0, peak)
        }
    }

    private mutating func raise(to residentSet: Int?, at timestamp: Double) {
        guard let residentSet, let position = spikes.indices.last(where: { spikes[$0].timestamp < timestamp }),
            spikes[position].state == .ongoing
        else { return }
        // The one after it may have been told later than it began.
        if position + 1 < spikes.count, timestamp > spikes[position + 1].begin { return }
        spikes[position].raise(to: residentSet, at: timestamp)
    }

    /// What to say of the time before anything was known to be normal, where memory was highest then.
    package var warmUpText: String? {
        guard let warmUp, warmUp.intervalPeak - (highest ?? 0) > warmUp.intervalPeak / Self.tellingPart,
            !spikes.contains(where: { $0.begin < warmUp.timestamp && warmUp.timestamp <= $0.timestamp })
        else { return nil }
        let peak = "the highest resident set, \(ByteText(warmUp.intervalPeak)) at \(TimeText(warmUp.timestamp))"
        return "\(peak), lies in the warm-up, when it was not known yet what is normal (spike.warm-up)"
    }
}

extension Spike {
    /// Takes note of a later moment at which memory was higher.
    fileprivate mutating func raise(to residentSet: Int, at timestamp: Double) {
        guard residentSet > peak else { return }
        var more = residentSet - peak
        peak = residentSet
        peakTime = timestamp
        guard let untracked else { return }
        // What grew adds up to the excess still.
        let covered = min(surplus, more)
        surplus -= covered
        more -= covered
        self.untracked = untracked + more
        unseen += more
    }
}
