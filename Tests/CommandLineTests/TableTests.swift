#if CLI
import ClassTracking
import Testing

@testable import class_tracker

@Suite("Tables")
struct TableTests {
    @Test("A sample has fixed columns under the heading")
    func columns() {
        var table = LiveTable(palette: .plain)
        let row = table.row(for: Fixture.sample(1, resident: 32 << 20, peak: 48 << 20))
        #expect(table.heading == "TIME (UTC)   RESIDENT       PEAK    VIRTUAL THREADS  MEMORY           EVENT")
        #expect(row == "20:00:01.0   32.0 MiB   48.0 MiB    1.0 GiB       5  ████████░░░░     of 64 MiB")
    }

    @Test("A figure the kernel does not give is a dash")
    func missingFigures() {
        var table = LiveTable(palette: .plain)
        let sample = Sample(timestamp: 0, wallTime: Fixture.wallTime, memory: ProcessMemory())
        let row = table.row(for: Record(sequence: 1, .sample(sample)))
        #expect(row == "20:00:00.0          -          -          -       -                   of 16 MiB")
    }

    @Test("The row of a spike between two samples says so")
    func spikeRow() {
        var table = LiveTable(palette: .plain)
        let row = table.row(for: Fixture.spike(3, between: true))
        #expect(row == "20:00:03.0 spike 1: peak 288.0 MiB, 256.0 MiB above normal, between two samples")
    }

    @Test(
        "After the last record a row says whether the process runs; a run without an end is reported before the next one"
    )
    func closingRow() {
        var table = LiveTable(palette: .plain)
        table.isOneFile = true
        _ = table.row(for: Fixture.header())
        _ = table.row(for: Fixture.sample(1))
        #expect(table.closing(nil, isLast: false) == nil)
        let text = "20:00:01.0 no end was written: the process was killed, crashed or is still running"
        #expect(table.closing(nil, isLast: true) == text)
        var other = LiveTable(palette: .plain)
        other.isOneFile = true
        _ = other.row(for: Fixture.header())
        _ = other.row(for: Fixture.sample(1))
        let rows = other.row(for: Fixture.header(pid: 12, start: Fixture.wallTime + 9))?.split(separator: "\n") ?? []
        #expect(rows.count == 2)
        #expect(rows.first == "20:00:01.0 no end was written: the process was killed, crashed or ended by _exit")
        // A journal has many processes side by side.
        var journal = LiveTable(palette: .plain)
        _ = journal.row(for: Fixture.header())
        _ = journal.row(for: Fixture.sample(1))
        #expect(journal.row(for: Fixture.header(pid: 12))?.contains("no end") == false)
    }

    @Test("A snapshot has a row, each of its classes one under it, and single objects have none")
    func snapshotRows() {
        var table = LiveTable(palette: .plain)
        var snapshot = Snapshot(number: 12, timestamp: 1, wallTime: Fixture.wallTime)
        (snapshot.description, snapshot.trackedTotal, snapshot.duration) = ("after login", 4 << 20, 0.002)
        var size = ClassSize()
        (size.active, size.sum, size.created) = (120, 4 << 20, 10)
        snapshot.classes = ["MyApp.Connection": size]
        let record = ClassSizeRecord(
            snapshot: 12,
            timestamp: 1,
            wallTime: Fixture.wallTime,
            name: "MyApp.Connection",
            size: size
        )
        #expect(
            table.row(for: Record(sequence: 1, .snapshot(snapshot)))
                == "20:00:00.0 snapshot 12 \"after login\": 1 class, 120 objects, 4.0 MiB tracked, took 2 ms"
        )
        #expect(
            table.row(for: Record(sequence: 2, .classSize(record)))
                == "20:00:00.0   class MyApp.Connection: 120 active, 4.0 MiB, 34.1 KiB each, 10 created"
        )
        #expect(table.row(for: Fixture.object(3)) == nil)
    }

    @Test("The row of a spike has the classes that grew")
    func spikeGrowth() {
        var table = LiveTable(palette: .plain)
        guard case .spike(var spike) = Fixture.spike(3, between: true).payload else { return }
        spike.grown = [
            ClassGrowth(
                name: "App.Row",
                bytes: 210 << 20,
                instances: 12_000,
                created: 12_000,
                destroyed: 0,
                allocated: 1
            )
        ]
        spike.untracked = 4 << 20
        #expect(
            table.row(for: Record(sequence: 3, .spike(spike)))
                == "20:00:03.0 spike 1: peak 288.0 MiB, 256.0 MiB above normal, between two samples; "
                + "+210.0 MiB in App.Row (12,000 instances), 4.0 MiB untracked"
        )
    }

    @Test("The last records of a table are not objects, which it does not show")
    func lastRows() {
        var window = TailWindow(limit: 2) { RecordPolicy.of($0).hasRow }
        window.append(StoredRecord(record: Fixture.header(), line: ""))
        for number in 1...3 { window.append(StoredRecord(record: Fixture.sample(number), line: "")) }
        for number in 4...50 { window.append(StoredRecord(record: Fixture.object(number), line: "")) }
        #expect(window.all.map(\.record.sequence) == [0, 2, 3])
    }

    @Test("The header of a rotated file makes no row of its own")
    func repeatedHeader() {
        var table = LiveTable(palette: .plain)
        #expect(table.row(for: Fixture.header()) != nil)
        #expect(table.row(for: Fixture.header()) == nil)
        #expect(table.row(for: Fixture.header(pid: 4712)) != nil)
    }

    @Test("Without a terminal there is no escape sequence")
    func plainText() {
        var plain = LiveTable(palette: .plain)
        #expect(plain.row(for: Fixture.spike(3))?.contains("\u{1B}") == false)
        #expect(Output(descriptor: -1).palette.isOn == false)
    }

    @Test("Names in a record cannot move the cursor nor forge a line")
    func hostileText() {
        var table = LiveTable(palette: .plain)
        let notice = Notice(
            timestamp: 0,
            wallTime: Fixture.wallTime,
            severity: .warning,
            component: "agent",
            message: "a\u{1B}[2J\nb\r\u{202E}c"
        )
        let row = table.row(for: Record(sequence: 1, .notice(notice)))
        #expect(row == "20:00:00.0 agent: a\u{FFFD}[2J\u{FFFD}b\u{FFFD}\u{FFFD}c")
    }

    @Test("The graph is as wide as its column for any values", arguments: [0, 1, 5 << 20, 1 << 40, Int.max, -1])
    func graphWidth(value: Int) {
        var graph = ResidentGraph()
        for peak in [0, value] {
            let bar = graph.bar(resident: value, peak: peak)
            #expect((bar.resident + bar.peak + bar.blanks).count == ResidentGraph.width)
        }
    }

    @Test("The table of spikes fits a terminal of 80 columns")
    func spikeTable() {
        var summary = StreamSummary()
        summary.add(Fixture.stored(Fixture.header()))
        summary.add(Fixture.stored(Fixture.spike(3, between: true)))
        summary.add(Fixture.stored(Fixture.spike(20, number: 2, ended: false)))
        let expected = """
            # when (UTC)            baseline      peak    excess lasted outcome
            - --------------------- -------- --------- --------- ------ -------------------
            1 2026-11-22 20:00:02.0 32.0 MiB 288.0 MiB 256.0 MiB  ≤ 1 s between two samples
            2 2026-11-22 20:00:02.0 32.0 MiB 288.0 MiB 256.0 MiB      - ongoing
            """
        #expect(SpikeTable.text(of: summary.spikes, showsProcess: false) == expected)
        var spikes = summary.spikes
        (spikes[0].process, spikes[1].process) = ("サーバ[1]", "e\u{301}[22]")
        let lines = SpikeTable.text(of: spikes, showsProcess: true).split(separator: "\n").map(String.init)
        #expect(lines[0].hasPrefix("process   # when") && lines[1].hasPrefix("--------- - ---"))
        #expect(lines[2].hasPrefix("サーバ[1] 1 2026") && lines[3].hasPrefix("e\u{301}[22]     2 2026"))
    }
}
#endif
