import Testing
import TrackingRecords

@Suite("Spikes as all readers have them")
struct SpikeLedgerTests {
    private func spike(
        _ number: Int = 1,
        at time: Double,
        peak: Int,
        ended: Bool = false,
        _ change: (inout Spike) -> Void = { _ in }
    ) -> Record.Payload {
        var spike = Spike(
            number: number,
            timestamp: time,
            wallTime: 1000 + time,
            begin: Double(number) * 100,
            baseline: 100,
            peak: peak,
            threshold: 10
        )
        if ended {
            spike.state = .ended
            spike.outcome = .transient
            spike.end = time
        }
        change(&spike)
        return .spike(spike)
    }

    private func sample(_ time: Double, _ peak: Int, _ verdict: SpikeDecision.Verdict? = nil) -> Record.Payload {
        var memory = ProcessMemory()
        memory.residentSet = peak
        var sample = Sample(timestamp: time, wallTime: 1000 + time, memory: memory, intervalPeak: peak)
        sample.decision = verdict.map { SpikeDecision(verdict: $0) }
        return .sample(sample)
    }

    private func snapshot(_ time: Double, _ resident: Int) -> Record.Payload {
        var snapshot = Snapshot(number: 1, timestamp: time, wallTime: 1000 + time)
        snapshot.processMemory.residentSet = resident
        return .snapshot(snapshot)
    }

    private func ledger(_ records: [Record.Payload]) -> SpikeLedger {
        var ledger = SpikeLedger()
        for record in records { ledger.add(record) }
        return ledger
    }

    @Test("A spike that goes on is as high as the samples and snapshots that follow it")
    func raised() throws {
        let told = spike(at: 105, peak: 200) {
            $0.untracked = 30
            $0.unseen = 10
        }
        let ledger = ledger([sample(90, 900), told, sample(106, 350), snapshot(106.5, 480), sample(107, 470)])
        let spike = try #require(ledger.spikes.first)
        #expect(spike.peak == 480)
        #expect(spike.peakTime == 106.5)
        #expect(spike.peakWallTime == 1106.5)
        #expect(spike.state == .ongoing)
        // Nobody has looked at what came later, and what grew adds up to the excess still.
        #expect(spike.untracked == 310)
        #expect(spike.unseen == 290)
    }

    @Test("What grew by more than the excess covers a part of what came later")
    func surplus() throws {
        let told = spike(at: 105, peak: 200) {
            $0.untracked = 0
            $0.surplus = 60
        }
        let spike = try #require(ledger([told, sample(106, 220), sample(107, 300)]).spikes.first)
        #expect(spike.surplus == 0)
        #expect(spike.untracked == 40)
    }

    @Test("What has ended is as high as it was told, whatever comes later")
    func ended() {
        let ledger = ledger([
            spike(at: 105, peak: 200), sample(106, 500), spike(at: 107, peak: 450, ended: true), sample(108, 700),
        ])
        #expect(ledger.spikes.map(\.peak) == [450])
        #expect(ledger.spikes.map(\.state) == [.ended])
    }

    @Test("Told again, it is the latest; files read out of order bring nothing back")
    func again() {
        let first = spike(at: 105, peak: 200)
        let second = spike(at: 106, peak: 300) { $0.updates = 1 }
        let end = spike(at: 107, peak: 310, ended: true)
        #expect(ledger([first, second]).spikes.map(\.updates) == [1])
        #expect(ledger([second, first]).spikes.map(\.updates) == [1])
        #expect(ledger([end, first, second]).spikes.map(\.state) == [.ended])
        #expect(ledger([first, second, end]).count == 1)
    }

    @Test("A spike whose end was lost does not grow by what the next one did")
    func lostEnd() {
        let records = [spike(at: 105, peak: 200), spike(2, at: 205, peak: 250, ended: true), sample(206, 900)]
        #expect(ledger(records).spikes.map(\.peak) == [200, 250])
    }

    @Test("Where only the latest are kept, all are counted")
    func limit() {
        var ledger = SpikeLedger(limit: 1)
        for number in 1...5 { ledger.add(spike(number, at: Double(number) * 100 + 1, peak: 200, ended: true)) }
        #expect(ledger.count == 5)
        #expect(ledger.spikes.map(\.number) == [5])
    }

    @Test("A maximum before anything was known to be normal is told of, unless it is a spike's")
    func warmUp() throws {
        let start = [sample(1, 8 << 20, .warmingUp), sample(2, 300 << 20, .warmingUp)]
        let later = [sample(11, 46 << 20), sample(12, 47 << 20)]
        let text = try #require(ledger(start + later).warmUpText)
        #expect(text.hasPrefix("the highest resident set, 300.0 MiB at 2 s, lies in the warm-up"))
        #expect(ledger(start).warmUpText == text)
        #expect(ledger(start + [sample(11, 290 << 20)]).warmUpText == nil)
        let told = spike(at: 3, peak: 299 << 20, ended: true) { $0.begin = 1 }
        #expect(ledger(start + [told] + later).warmUpText == nil)
        #expect(ledger(later).warmUpText == nil)
    }
}
