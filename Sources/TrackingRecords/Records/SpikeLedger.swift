/// The spikes of one run, each once, with the highest peak in any record.
///
/// An ongoing spike is recorded when it begins and when its height has doubled. Later samples and snapshots belong to
/// it too: a process that is killed during a spike does not record it again. Everything that shows spikes reads them
/// here, so that all show the same.
package struct SpikeLedger: Sendable {
    /// The latest spikes, oldest first.
    package private(set) var spikes: [Spike] = []
    /// The number of spikes, including those no longer kept.
    package private(set) var count = 0
    /// The highest peak before the detector knew the baseline.
    package private(set) var warmUp: Spike.Point?
    /// The highest peak after that.
    private var highest: Int?
    private let limit: Int

    /// A peak of the warm-up is reported if it exceeds all later ones by more than this part of it.
    private static let tellingPart = 8

    /// Creates an empty ledger.
    ///
    /// - Parameter limit: The number of spikes to keep, the latest ones.
    package init(limit: Int = .max) { self.limit = limit }

    /// Adds the next record.
    package mutating func add(_ payload: Record.Payload) {
        switch payload {
        case .spike(let spike): add(spike)
        case .sample(let sample): add(sample)
        case .snapshot(let snapshot): raise(to: snapshot.processMemory.residentSet, at: snapshot.timestamp)
        default: break
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
        // Files that were rotated while they were listed may be read out of order: an ended spike does not become
        // ongoing again.
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
        // The next spike may have been recorded later than it began.
        if position + 1 < spikes.count, timestamp > spikes[position + 1].begin { return }
        spikes[position].raise(to: residentSet, at: timestamp)
    }

    /// A sentence about the time before the baseline was known, if memory was highest then.
    package var warmUpText: String? {
        guard let warmUp, warmUp.intervalPeak - (highest ?? 0) > warmUp.intervalPeak / Self.tellingPart,
            !spikes.contains(where: { $0.begin < warmUp.timestamp && warmUp.timestamp <= $0.timestamp })
        else { return nil }
        let peak = "the highest resident set, \(ByteText(warmUp.intervalPeak)) at \(TimeText(warmUp.timestamp))"
        return "\(peak), lies in the warm-up, when it was not known yet what is normal (spike.warm-up)"
    }
}

extension Spike {
    /// Raises the peak to that of a later moment.
    fileprivate mutating func raise(to residentSet: Int, at timestamp: Double) {
        guard residentSet > peak else { return }
        var more = residentSet - peak
        peak = residentSet
        peakTime = timestamp
        guard let untracked else { return }
        // Keeps the sum of the growth equal to the excess.
        let covered = min(surplus, more)
        surplus -= covered
        more -= covered
        self.untracked = untracked + more
        unseen += more
    }
}
