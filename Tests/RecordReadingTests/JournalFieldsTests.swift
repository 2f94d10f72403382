import RecordReading
import Testing
import TrackingRecords
import TrackingTestSupport

@Suite("Fields of journal entries")
struct JournalFieldsTests {
    /// The fields as the journal hands them out, in an order of its own.
    private func fields(of record: Record, adding more: [String] = []) -> JournalFields {
        var fields = JournalFields()
        for line in (record.journalLines + more).reversed() { fields.add(line) }
        return fields
    }

    private static let sample = Record(sequence: 7, .sample(.full(1000)))

    private static let records: [Record] = {
        let notice = Notice(timestamp: 1, wallTime: 2, severity: .error, component: "file", message: "12")
        let end = End(
            timestamp: 1,
            wallTime: 2,
            samples: 3,
            missedTicks: 4,
            spikes: 5,
            suppressedSpikes: 6,
            dropped: 7,
            maximumResidentSet: 8
        )
        var snapshot = Snapshot(number: 3, timestamp: 1, wallTime: 2)
        (snapshot.description, snapshot.classCount, snapshot.objectCount) = ("12", 4, 5)
        let size = ClassSizeRecord(snapshot: 3, timestamp: 1, wallTime: 2, name: "true", size: ClassSize())
        var spike = Spike.example
        spike.grown = [ClassGrowth(name: "\"],[é", bytes: 1, instances: 2, created: 3, destroyed: 4, allocated: 5)]
        spike.untracked = 6
        var ongoing = Spike.example
        (ongoing.state, ongoing.end, ongoing.outcome, ongoing.betweenSamples) = (.ongoing, nil, nil, false)
        return [
            Record(.header(.example)), sample, Record(sequence: 8, .spike(.example)),
            Record(sequence: 9, .spike(ongoing)),
            Record(sequence: 11, .notice(notice)), Record(sequence: 12, .end(end)),
            Record(sequence: 13, .snapshot(snapshot)), Record(sequence: 14, .classSize(size)),
            Record(sequence: 15, .spike(spike)),
        ]
    }()

    @Test("An entry becomes the record it was made from, also where a text looks like a number", arguments: records)
    func roundTrip(record: Record) {
        #expect(fields(of: record).decoded() == .record(record))
    }

    @Test(
        "A list is taken as it is only where it is one",
        arguments: [#"[1],"record":"end""#, "[1", "[[1]]]", "x", ""]
    )
    func forgedLists(list: String) {
        let fields = fields(of: Self.sample, adding: ["CLASS_TRACKER_GROWN=\(list)"])
        #expect(fields.decoded() == .record(Self.sample))
    }

    @Test("An entry that lacks a field is damaged, a new kind is unknown")
    func damage() {
        var fields = JournalFields()
        fields.add("CLASS_TRACKER_RECORD=sample")
        #expect(
            fields.decoded()
                == .damaged(reason: "a sample lacks a required key or has a value of the wrong type")
        )
        var newer = JournalFields()
        newer.add("CLASS_TRACKER_RECORD=weather")
        #expect(newer.decoded() == .unknown(kind: "weather"))
    }

    @Test(
        "Only plain numbers are numbers",
        arguments: ["", "-", "1e9", "007", "1.", ".5", "1.2.3", "+1", "0x1", "--1"]
    )
    func numbers(text: String) {
        #expect(!JSONText.isNumber(text))
    }
}
