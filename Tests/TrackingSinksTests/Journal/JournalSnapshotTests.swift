import SystemPackage
import Testing
import TrackingRecords
import TrackingTestSupport

@testable import TrackingSinks

@Suite("Snapshots in the journal")
struct JournalSnapshotTests {
    let directory = TemporaryDirectory()

    private func make(interval: Duration) throws -> (FakeJournal, JournalSink) {
        let journal = try FakeJournal(at: directory.appending("socket"))
        let configuration = JournalSink.Configuration(interval: interval, socketPath: journal.path.string)
        return (journal, JournalSink(configuration, retry: .nanoseconds(1)...(.nanoseconds(1))))
    }

    /// Hands a snapshot over and reads what comes of it: the socket holds ten entries.
    private func sent(_ snapshot: Snapshot, _ sink: JournalSink, _ journal: FakeJournal) -> [JournalEntry] {
        records(of: snapshot)
            .flatMap { record in
                sink.receive(record)
                return journal.entries()
            }
    }

    @Test("Periodic snapshots are thinned like samples, with their classes; those by hand are all sent")
    func thinning() throws {
        let (journal, sink) = try make(interval: .seconds(10))
        var sent: [Int] = []
        for number in 0...30 {
            let snapshot = snapshot(number + 1, at: Double(number), isPeriodic: number != 13)
            let entries = self.sent(snapshot, sink, journal)
            guard !entries.isEmpty else { continue }
            sent.append(number)
            #expect(entries.map { $0.own("RECORD") } == ["snapshot", "class", "class"])
            #expect(Set(entries.map { $0.own("SNAPSHOT") }) == [String(number + 1)])
        }
        #expect(sent == [0, 10, 13, 20, 30])
    }

    @Test("Of many classes the largest have entries, and the snapshot says how many have none")
    func manyClasses() throws {
        let (journal, sink) = try make(interval: .zero)
        let entries = [snapshot(1, classes: 100), snapshot(2, classes: 32)].flatMap { sent($0, sink, journal) }
        try #require(entries.count == 66)
        #expect(entries.map { $0.own("SEQ") } == (1...66).map(String.init))
        #expect(entries[0].own("CLASSES") == "100")
        #expect(entries[0].own("CLASSES_OMITTED") == "68")
        #expect(entries[0]["MESSAGE"]?.hasSuffix(", the largest classes follow") == true)
        #expect(entries[1...32].map { $0.own("NAME") } == (68..<100).reversed().map { "Class\($0)" })
        #expect(entries[33].own("CLASSES_OMITTED") == nil)
        #expect(entries[33].own("CLASSES") == "32")
    }

    @Test("Objects, traces and histories are for files, and leave no gap in the count of entries")
    func filesOnly() throws {
        let (journal, sink) = try make(interval: .zero)
        sink.receive(header())
        for id in 1...1000 { sink.receive(Record(sequence: id, object(id))) }
        let trace = TraceRecord(timestamp: 1, wallTime: start, trace: InstantiationTrace(id: 1, frames: []))
        sink.receive(Record(sequence: 1001, .trace(trace)))
        sink.receive(
            Record(sequence: 1002, .history(HistoryRecord(timestamp: 1, wallTime: start, name: "Node", counts: [])))
        )
        for record in records(of: snapshot(1, classes: 1)) { sink.receive(record) }
        let entries = journal.entries()
        #expect(entries.map { $0.own("RECORD") } == ["header", "snapshot", "class"])
        #expect(entries.map { $0.own("SEQ") } == ["1", "2", "3"])
        #expect(sink.status.delivered == 3)
        #expect(sink.status.dropped == 0)
    }

    @Test("Without a journald, snapshots are dropped and counted, and take no place from spikes")
    func absent() throws {
        let socket = directory.appending("socket")
        let configuration = JournalSink.Configuration(interval: .zero, socketPath: socket.string)
        let sink = JournalSink(configuration, retry: .nanoseconds(1)...(.nanoseconds(1)))
        for record in (1...50).flatMap({ records(of: snapshot($0)) }) { sink.receive(record) }
        sink.receive(spike(1))
        #expect(sink.status.dropped == 150)
        let journal = try FakeJournal(at: socket)
        sink.receive(sample(2))
        #expect(journal.entries().map { $0.own("RECORD") } == ["spike", "sample"])
    }

    @Test("The catalog explains every kind of entry, and no other")
    func catalog() throws {
        let root = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
            .removingLastComponent()
        let text = String(decoding: content(root.appending("systemd/class-tracker.catalog")), as: UTF8.self)
        let identifiers = text.split(separator: "\n").filter { $0.hasPrefix("-- ") }.map { String($0.dropFirst(3)) }
        let policies = Record.Kind.allCases.map(RecordPolicy.of)
        #expect(identifiers == policies.compactMap { $0.messageID?.description })
        #expect(Set(identifiers).count == identifiers.count)
        // A kind has an identifier where the journal gets it.
        #expect(policies.allSatisfy { ($0.messageID == nil) == ($0.journalling == .never) })
    }

    @Test("A class entry has the figures and no referents; a spike says what grew")
    func entries() throws {
        let (journal, sink) = try make(interval: .zero)
        var size = ClassSize()
        (size.active, size.sum, size.created) = (120, 4_300_800, 10)
        size.merged = SizedObject(name: "Node", size: 1, flat: 1, referents: [SizedObject(name: "a", size: 1, flat: 1)])
        let record = ClassSizeRecord(snapshot: 0, timestamp: 1, wallTime: start, name: "Node\nX=1", size: size)
        sink.receive(Record(sequence: 1, .snapshot(snapshot(0, classes: 0))))
        sink.receive(Record(sequence: 2, .classSize(record)))
        guard case .spike(var spike) = spike(3).payload else { return }
        spike.grown = [ClassGrowth(name: "é\n", instances: 1, created: 2, destroyed: 1, allocated: 3)]
        spike.untracked = 5
        sink.receive(Record(sequence: 3, .spike(spike)))
        let entries = journal.entries()
        #expect(entries.count == 3)
        #expect(entries[1]["MESSAGE"]?.hasPrefix("class Node\u{FFFD}X=1: 120 active, 4.1 MiB") == true)
        #expect(entries[1].own("SUM_BYTES") == "4300800")
        #expect(entries[1].own("MERGED") == nil)
        #expect(entries[2].own("GROWN") == #"[["\u00e9\n",null,1,2,1,3]]"#)
        #expect(entries[2].own("UNTRACKED_BYTES") == "5")
        #expect(entries[2]["MESSAGE"]?.hasSuffix("; +3 B in é\u{FFFD} (2 instances created), 5 B untracked") == true)
    }
}
