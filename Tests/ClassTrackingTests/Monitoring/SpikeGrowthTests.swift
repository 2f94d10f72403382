import CTrackingRuntime
import Testing
import TrackingTestSupport

@testable import ClassTracking

@Suite("What a spike consists of")
struct SpikeGrowthTests {
    private static let kinds = KindTable(names: ["a", "b"], blockSizes: [32, 64])

    private func look(
        at time: Double,
        resident: Int = 0,
        _ counts: [ct_count] = [],
        _ sums: [String: (active: Int, sum: Int)] = [:]
    ) -> CountedSnapshot {
        var snapshot = Snapshot(number: 1, timestamp: time, wallTime: time)
        snapshot.processMemory.residentSet = resident
        for (name, size) in sums {
            snapshot.classes[name] = ClassSize()
            snapshot.classes[name]?.active = size.active
            snapshot.classes[name]?.sum = size.sum
            snapshot.trackedTotal += size.sum
        }
        return CountedSnapshot(snapshot: snapshot, registry: ObjectIdentifier(Self.self), counts: counts)
    }

    private func growth(_ since: [ct_count], near: CountedSnapshot? = nil, _ height: SpikeGrowth.Height) -> SpikeGrowth
    {
        SpikeGrowth(since: since, at: 2, near: near, height: height, Self.kinds, tolerance: 0.1)
    }

    private func spike(baseline: Int = 1000, excess: Int = 4000) -> Spike {
        Spike(
            number: 1,
            timestamp: 3,
            wallTime: 3,
            begin: 2,
            baseline: baseline,
            peak: baseline + excess,
            threshold: 100
        )
    }

    @Test("A snapshot shows a spike where most of what memory went up for was there")
    func isSeen() {
        let spike = spike()
        #expect(!SpikeExplainer.isSeen(spike, in: []))
        #expect(!SpikeExplainer.isSeen(spike, in: [look(at: 1, resident: 5000)]))
        #expect(!SpikeExplainer.isSeen(spike, in: [look(at: 2.001, resident: 1000)]))
        #expect(!SpikeExplainer.isSeen(spike, in: [look(at: 2.5, resident: 3000)]))
        #expect(SpikeExplainer.isSeen(spike, in: [look(at: 2.5, resident: 4500)]))
    }

    @Test("The height is where the most was tracked while memory was up")
    func height() throws {
        let looks = [
            look(at: 1, resident: 5000, [], ["a": (9, 900)]), look(at: 2.2, resident: 4000, [], ["a": (2, 200)]),
            look(at: 2.4, resident: 3000, [], ["a": (3, 300)]), look(at: 2.6, resident: 1000, [], ["a": (4, 400)]),
        ]
        #expect(try #require(SpikeExplainer.height(of: spike(), in: looks)).snapshot.timestamp == 2.4)
        #expect(SpikeExplainer.height(of: spike(), in: []) == nil)
    }

    @Test("Over before anybody looked, it has counts and the objects' own blocks")
    func missed() {
        let counts = [ct_count(born: 110, died: 102), ct_count(born: 5, died: 0)]
        let result = growth([ct_count(born: 10, died: 2)], .missed(counts))
        let expected = [
            ClassGrowth(name: "a", instances: 0, created: 100, destroyed: 100, allocated: 3200),
            ClassGrowth(name: "b", instances: 5, created: 5, destroyed: 0, allocated: 320),
        ]
        #expect(result.classes == expected)
        #expect(result.bytes == 3520)
    }

    @Test("Bytes, instances, created and destroyed are all from one moment to one other")
    func oneReference() {
        // Ten objects at the moment; a ramp of 96 since; the snapshot before the last had 68 of them.
        let since = [ct_count(born: 12, died: 2)]
        let near = look(at: 2.01, since, ["a": (10, 10_000)])
        let height = look(at: 9, [ct_count(born: 108, died: 2)], ["a": (106, 106_000)])
        let result = growth(since, near: near, .seen(height))
        #expect(
            result.classes
                == [ClassGrowth(name: "a", bytes: 96_000, instances: 96, created: 96, destroyed: 0, allocated: 3072)]
        )
        #expect(result.estimatedFrom == nil)
    }

    @Test("Without a snapshot of the moment, bytes are estimated from the nearest by counts, and it says so")
    func estimated() {
        // Twenty of them at the moment, ten in the snapshot five seconds before.
        let near = look(at: -3, [ct_count(born: 10, died: 0)], ["a": (10, 1000)])
        let height = look(at: 3, [ct_count(born: 50, died: 0)], ["a": (50, 5000)])
        let result = growth([ct_count(born: 20, died: 0)], near: near, .seen(height))
        #expect(result.classes.map(\.bytes) == [3000])
        #expect(result.classes.map(\.instances) == [30])
        #expect(result.estimatedFrom == -3)
        // Where there was none of it, nothing has to be estimated.
        #expect(growth([], .seen(height)).estimatedFrom == nil)
        #expect(growth([], .seen(height)).bytes == 5000)
    }

    @Test("While memory is up and nobody may look, the average size stands for what objects hold")
    func counted() {
        let near = look(at: 2, [ct_count(born: 10, died: 0)], ["a": (10, 1000)])
        let result = growth([ct_count(born: 10, died: 0)], near: near, .counted([ct_count(born: 40, died: 10)]))
        #expect(result.classes.map(\.bytes) == [2000])
    }

    @Test("What nobody looked at is not called untracked")
    func unseen() {
        var spike = spike()
        growth([], .missed([ct_count(born: 10, died: 10)]))
            .explain(&spike, naming: 8, at: 3, resident: nil)
        #expect(spike.untracked == 4000 - 320)
        #expect(spike.unseen == spike.untracked)
        growth([], .seen(look(at: 3, [ct_count(born: 10, died: 0)], ["a": (10, 1000)])))
            .explain(&spike, naming: 8, at: 3, resident: 4500)
        #expect(spike.untracked == 3000)
        #expect(spike.unseen == 500)
    }

    @Test("What is held at the end of a new level is not what grew at its height")
    func level() {
        var spike = spike()
        spike.level = 4800
        let sizes = look(at: 3, [], ["a": (40, 4000)]).snapshot.classes
        SpikeGrowth(
            since: [],
            at: 2,
            near: nil,
            height: .counted([ct_count(born: 40, died: 38)]),
            Self.kinds,
            sizes: sizes,
            tolerance: 0.1
        )
        .explainLevel(&spike, naming: 4)
        #expect(spike.levelGrown.map(\.bytes) == [200])
        #expect(spike.levelGrown.map(\.instances) == [2])
        #expect(spike.levelUntracked == 3600)
    }

    @Test("What has shrunk is taken off: memory that was given back is not what it went up for")
    func shrunk() {
        let since = [ct_count(born: 10, died: 0), ct_count(born: 1, died: 0)]
        let result = growth(
            since,
            near: look(at: 2, since, ["a": (10, 1000), "b": (1, 64)]),
            .seen(
                look(at: 3, [ct_count(born: 10, died: 10), ct_count(born: 2, died: 0)], ["a": (0, 0), "b": (2, 264)])
            )
        )
        #expect(result.classes.map(\.name) == ["b", "a"])
        #expect(result.classes.map(\.bytes) == [200, -1000])
        #expect(result.bytes == -800)
    }

    @Test("Counts that went around are still differences")
    func wrapped() {
        let result = growth([ct_count(born: .max, died: .max)], .missed([ct_count(born: 4, died: 1)]))
        #expect(result.classes.first?.created == 5)
        #expect(result.classes.first?.destroyed == 2)
    }

    @Test(
        "What grew and what is not tracked add up to the excess, whatever happened",
        arguments: 0..<300 as Range<UInt64>
    )
    func sums(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let names = (0..<1 + random.below(20)).map { "class \($0)" }
        let kinds = KindTable(names: names, blockSizes: names.map { _ in 24 + 16 * random.below(8) })
        var counts: [[ct_count]] = []
        var current = names.map { _ in ct_count(born: .max - 20, died: .max - 20) }
        for _ in 0..<4 {
            for kind in current.indices {
                current[kind].born &+= UInt32(random.below(1000))
                let alive = current[kind].born &- current[kind].died
                current[kind].died &+= UInt32(random.below(Int(alive) + 1))
            }
            counts.append(current)
        }
        func look(_ moment: Int, at time: Double) -> CountedSnapshot {
            var sums: [String: (Int, Int)] = [:]
            for (kind, name) in names.enumerated() where !random.oneIn(10) {
                let alive = Int(counts[moment][kind].born &- counts[moment][kind].died)
                sums[name] = (alive, alive * (24 + random.below(10_000)))
            }
            return self.look(at: time, resident: random.below(1 << 24), counts[moment], sums)
        }
        let near = random.oneIn(4) ? nil : look(0, at: Double(random.below(4)))
        let height: SpikeGrowth.Height =
            switch random.below(4) {
            case 0: .missed(counts[3])
            case 1: .counted(counts[2])
            default: .seen(look(2, at: 3))
            }
        var spike = spike(baseline: random.below(1 << 20), excess: 1 + random.below(1 << 24))
        spike.level = spike.baseline + random.below(1 << 24)
        let growth = SpikeGrowth(since: counts[1], at: 2, near: near, height: height, kinds, tolerance: 0.5)
        growth.explain(&spike, naming: 8, at: 3, resident: random.below(1 << 24))
        growth.explainLevel(&spike, naming: 4)
        let read = try reread(spike)
        for spike in [spike, read] {
            let sum = spike.grown.reduce(spike.omittedGrowthBytes) { $0 + $1.figure }
            let untracked = try #require(spike.untracked)
            #expect(sum + untracked - spike.surplus == spike.excess)
            #expect(untracked == 0 || spike.surplus == 0)
            #expect((0...untracked).contains(spike.unseen))
            #expect(sum - spike.surplus <= spike.excess)
            let level = try #require(spike.level)
            let held = spike.levelGrown.reduce(spike.levelOmittedBytes) { $0 + $1.figure }
            #expect(held + (spike.levelUntracked ?? 0) == level - spike.baseline)
            #expect(spike.grown.allSatisfy { $0.instances == $0.created - $0.destroyed })
        }
    }

    /// A spike as a reader has it, with what did not fit left out.
    private func reread(_ spike: Spike) throws -> Spike {
        var decoder = RecordDecoder()
        var line = Record(.spike(spike)).jsonLine
        let outcome = line.withUTF8 { decoder.decode(UnsafeRawBufferPointer($0)) }
        guard case .record(let record) = outcome, case .spike(let read) = record.payload else {
            throw TrackingError.closed
        }
        return read
    }
}
