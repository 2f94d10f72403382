#if CLI
import ClassTracking
import Testing

@testable import class_tracker

@Suite("Metrics of records")
struct MetricsBoardTests {
    private static let now = Fixture.wallTime + 10

    /// Returns the lines other than comments, without the prefix of all names.
    private func series(_ board: inout MetricsBoard, at now: Double = now) -> [String] {
        board.text(at: now).split(separator: "\n").filter { !$0.hasPrefix("#") }
            .map { String($0.dropFirst("class_tracker_".count)) }
    }

    private func board(_ records: Record..., classes: [String] = []) -> MetricsBoard {
        var board = MetricsBoard(classes: classes)
        for record in records { board.add(Fixture.stored(record)) }
        return board
    }

    private func stored(_ record: Record, pid: Int, unit: String?, invocation: String? = nil) -> StoredRecord {
        var stored = Fixture.stored(record, origin: "machine/boot/\(pid)")
        (stored.program, stored.unit, stored.invocation) = ("service", unit, invocation)
        return stored
    }

    @Test("A process, its classes and its spike, in Prometheus's format")
    func whole() {
        var header = Fixture.header()
        if case .header(var content) = header.payload {
            content.memoryLimit = 1 << 30
            header.payload = .header(content)
        }
        var board = board(header, Fixture.sample(1, peak: 40 << 20), Fixture.sample(2))
        for record in Fixture.snapshot(1, at: 3, ["Node": (64, 2), "Edge": (32, 1)]) {
            board.add(Fixture.stored(record))
        }
        board.add(Fixture.stored(Fixture.spike(4, between: true)))
        board.add(Fixture.stored(Fixture.drop(5, count: 3)))
        let text = board.text(at: Self.now)
        #expect(
            text == """
                # HELP class_tracker_resident_memory_bytes Memory of the process that is in RAM.
                # TYPE class_tracker_resident_memory_bytes gauge
                class_tracker_resident_memory_bytes{program="service"} 33554432
                # HELP class_tracker_interval_peak_bytes Largest resident set of the last 60 seconds, with what lies between two samples.
                # TYPE class_tracker_interval_peak_bytes gauge
                class_tracker_interval_peak_bytes{program="service"} 41943040
                # HELP class_tracker_virtual_memory_bytes Address space of the process.
                # TYPE class_tracker_virtual_memory_bytes gauge
                class_tracker_virtual_memory_bytes{program="service"} 1073741824
                # HELP class_tracker_memory_limit_bytes Memory that the process may have, by its control group or its configuration.
                # TYPE class_tracker_memory_limit_bytes gauge
                class_tracker_memory_limit_bytes{program="service"} 1073741824
                # HELP class_tracker_threads Threads of the process.
                # TYPE class_tracker_threads gauge
                class_tracker_threads{program="service"} 5
                # HELP class_tracker_tracked_bytes Memory that all tracked objects hold.
                # TYPE class_tracker_tracked_bytes gauge
                class_tracker_tracked_bytes{program="service"} 96
                # HELP class_tracker_class_bytes Memory that the tracked objects of a class hold.
                # TYPE class_tracker_class_bytes gauge
                class_tracker_class_bytes{class="Edge",program="service"} 32
                class_tracker_class_bytes{class="Node",program="service"} 64
                class_tracker_class_bytes{class="other",program="service"} 0
                # HELP class_tracker_class_instances Tracked objects of a class that are alive.
                # TYPE class_tracker_class_instances gauge
                class_tracker_class_instances{class="Edge",program="service"} 1
                class_tracker_class_instances{class="Node",program="service"} 2
                class_tracker_class_instances{class="other",program="service"} 0
                # HELP class_tracker_spikes_total Memory spikes of the process.
                # TYPE class_tracker_spikes_total counter
                class_tracker_spikes_total{program="service"} 1
                # HELP class_tracker_spike_active Whether a memory spike goes on.
                # TYPE class_tracker_spike_active gauge
                class_tracker_spike_active{program="service"} 0
                # HELP class_tracker_spike_peak_bytes Resident set of the latest spike at its peak.
                # TYPE class_tracker_spike_peak_bytes gauge
                class_tracker_spike_peak_bytes{program="service"} 301989888
                # HELP class_tracker_spike_excess_bytes Height of the latest spike above what was normal.
                # TYPE class_tracker_spike_excess_bytes gauge
                class_tracker_spike_excess_bytes{program="service"} 268435456
                # HELP class_tracker_spike_timestamp_seconds When the latest spike was highest, since 1970.
                # TYPE class_tracker_spike_timestamp_seconds gauge
                class_tracker_spike_timestamp_seconds{program="service"} 1795377604.0
                # HELP class_tracker_dropped_records_total Records of the process that were lost.
                # TYPE class_tracker_dropped_records_total counter
                class_tracker_dropped_records_total{program="service"} 3
                # HELP class_tracker_start_time_seconds When the agent in the process began, since 1970.
                # TYPE class_tracker_start_time_seconds gauge
                class_tracker_start_time_seconds{program="service"} 1795377600.0
                # HELP class_tracker_last_sample_timestamp_seconds When the latest sample was taken, since 1970.
                # TYPE class_tracker_last_sample_timestamp_seconds gauge
                class_tracker_last_sample_timestamp_seconds{program="service"} 1795377602.0

                """
        )
    }

    @Test("A restarted process has the same labels, and its counters begin anew")
    func restart() {
        var board = board(
            Fixture.header(),
            Fixture.sample(1),
            Fixture.spike(2, ended: false),
            Fixture.spike(3),
            Fixture.header(),
            Fixture.sample(4)
        )
        // One spike with two records; the second header is that of a rotated file.
        #expect(series(&board).contains("spikes_total{program=\"service\"} 1"))
        board.add(Fixture.stored(Fixture.header(pid: 4712, start: Fixture.wallTime + 5)))
        board.add(Fixture.stored(Fixture.sample(6, resident: 1 << 20)))
        let after = series(&board)
        #expect(after.contains("spikes_total{program=\"service\"} 0"))
        let resident = after.filter { $0.hasPrefix("resident_memory") }
        #expect(resident == ["resident_memory_bytes{program=\"service\"} 1048576"])
        #expect(!after.contains { $0.hasPrefix("spike_peak") })
    }

    @Test("An ongoing spike is active and counted once")
    func active() {
        var board = board(Fixture.header(), Fixture.sample(1), Fixture.spike(2, ended: false))
        #expect(series(&board).contains("spike_active{program=\"service\"} 1"))
        board.add(Fixture.stored(Fixture.spike(5)))
        #expect(series(&board).contains("spike_active{program=\"service\"} 0"))
        // A file may be read out of order.
        board.add(Fixture.stored(Fixture.spike(2, ended: false)))
        #expect(series(&board).contains("spike_active{program=\"service\"} 0"))
        #expect(series(&board).contains("spikes_total{program=\"service\"} 1"))
    }

    @Test("A process that ends takes its series along, one that falls silent keeps those that say so, for an hour")
    func endings() {
        var board = board(Fixture.header(), Fixture.sample(1))
        let silent = series(&board, at: Fixture.wallTime + 60)
        #expect(silent.contains("last_sample_timestamp_seconds{program=\"service\"} 1795377601.0"))
        #expect(!silent.contains { $0.hasPrefix("resident_memory") || $0.hasPrefix("spike_active") })
        #expect(series(&board, at: Fixture.wallTime + 3700) == [])

        board.add(Fixture.stored(Fixture.header()))
        board.add(Fixture.stored(Fixture.sample(1)))
        #expect(!series(&board).isEmpty)
        board.add(Fixture.stored(Fixture.end(2)))
        #expect(board.text(at: Self.now) == "# class-tracker metrics: no process sends records.\n")
    }

    @Test("A clock that was set forward neither ends a peak nor makes a process that fell silent look alive")
    func setClock() {
        var board = board(Fixture.header(), Fixture.sample(1, peak: 99 << 20))
        var record = Fixture.sample(2)
        if case .sample(var sample) = record.payload {
            sample.wallTime += 3600
            record.payload = .sample(sample)
        }
        board.add(Fixture.stored(record))
        let soon = series(&board, at: Fixture.wallTime + 3605)
        #expect(soon.contains("interval_peak_bytes{program=\"service\"} \(99 << 20)"))
        let later = series(&board, at: Fixture.wallTime + 3660)
        #expect(!later.contains { $0.hasPrefix("resident_memory") })
    }

    @Test("A peak is shown for a minute")
    func peaks() {
        var board = board(Fixture.header(), Fixture.sample(1, peak: 99 << 20))
        func peak(_ second: Int, _ value: Int) -> String {
            board.add(Fixture.stored(Fixture.sample(second, peak: value << 20)))
            let line = series(&board, at: Fixture.wallTime + Double(second)).first { $0.hasPrefix("interval_peak") }
            return String(line?.split(separator: " ").last ?? "")
        }
        #expect(peak(30, 50) == "\(99 << 20)")
        #expect(peak(60, 40) == "\(99 << 20)")
        #expect(peak(62, 40) == "\(50 << 20)")
        #expect(peak(70, 60) == "\(60 << 20)")
    }

    @Test("Processes in a journal are distinguished by unit, and those of one unit by number while both run")
    func units() {
        var board = MetricsBoard()
        for (pid, unit) in [(1, "a.service"), (2, "b.service"), (3, "session-7.scope")] {
            board.add(stored(Fixture.header(pid: pid), pid: pid, unit: unit))
            board.add(stored(Fixture.sample(1), pid: pid, unit: unit))
        }
        func threads() -> [String] { series(&board).filter { $0.hasPrefix("threads") }.map { String($0.dropFirst(7)) } }
        #expect(
            threads() == [
                "{program=\"service\"} 5", "{program=\"service\",unit=\"a.service\"} 5",
                "{program=\"service\",unit=\"b.service\"} 5",
            ]
        )
        board.add(stored(Fixture.header(pid: 4), pid: 4, unit: "a.service"))
        board.add(stored(Fixture.sample(2), pid: 4, unit: "a.service"))
        #expect(threads().contains("{program=\"service\",unit=\"a.service\",process=\"2\"} 5"))
        board.add(stored(Fixture.end(3), pid: 1, unit: "a.service"))
        board.add(stored(Fixture.header(pid: 5), pid: 5, unit: "a.service"))
        board.add(stored(Fixture.sample(2), pid: 5, unit: "a.service"))
        #expect(threads().filter { $0.contains("a.service") }.count == 2)
        #expect(!threads().contains { $0.contains("process=\"3\"") })
    }

    @Test("A unit that systemd has started again has one process: the one before was killed")
    func invocations() {
        var board = MetricsBoard()
        for (pid, invocation) in [(1, "first"), (2, "first"), (3, "second")] {
            board.add(stored(Fixture.header(pid: pid), pid: pid, unit: "a.service", invocation: invocation))
            board.add(stored(Fixture.sample(pid), pid: pid, unit: "a.service", invocation: invocation))
        }
        #expect(
            series(&board).filter { $0.hasPrefix("last_sample") }
                == ["last_sample_timestamp_seconds{program=\"service\",unit=\"a.service\"} 1795377603.0"]
        )
    }

    @Test("A journal that is read from the middle of a run knows its header from before")
    func middle() {
        var board = MetricsBoard()
        board.learn(stored(Fixture.header(pid: 1), pid: 1, unit: "a.service"))
        board.add(stored(Fixture.sample(1), pid: 1, unit: "a.service"))
        board.add(stored(Fixture.sample(1), pid: 2, unit: "b.service"))
        let starts = series(&board).filter { $0.hasPrefix("start_time") }
        #expect(starts == ["start_time_seconds{program=\"service\",unit=\"a.service\"} 1795377600.0"])
        #expect(series(&board).filter { $0.hasPrefix("threads") }.count == 2)
    }

    @Test("Where records of several machines are read, the labels say which one it is")
    func hosts() {
        var board = MetricsBoard(showsHost: true)
        for host in ["a", "b"] {
            for record in [Fixture.header(), Fixture.sample(1)] {
                var stored = Fixture.stored(record, origin: host)
                stored.host = host
                board.add(stored)
            }
        }
        #expect(
            series(&board).filter { $0.hasPrefix("threads") } == [
                "threads{program=\"service\",host=\"a\"} 5", "threads{program=\"service\",host=\"b\"} 5",
            ]
        )
    }

    @Test("Nobody speaks for a process of another unit, nor from the far future for ever")
    func forgery() {
        var board = MetricsBoard()
        board.add(stored(Fixture.header(pid: 1), pid: 1, unit: "a.service"))
        board.add(stored(Fixture.sample(1), pid: 1, unit: "a.service"))
        board.add(stored(Fixture.sample(1_000_000), pid: 1, unit: "b.service"))
        board.add(stored(Fixture.end(2), pid: 1, unit: nil))
        #expect(series(&board).filter { $0.hasPrefix("last_sample") }.map { $0.contains("a.service") } == [true])
    }

    @Test("Names of any sort make one series each and no line of their own")
    func names() {
        var board = board(Fixture.header(), Fixture.sample(1))
        let long = String(repeating: "x", count: 300)
        let holdings: [String: (Int, Int)] = [
            "a\"b\\c\nd": (1, 1), "other": (2, 1), long + "1": (4, 1), long + "2": (8, 1),
        ]
        for record in Fixture.snapshot(1, at: 1, holdings) { board.add(Fixture.stored(record)) }
        let lines = series(&board).filter { $0.hasPrefix("class_bytes") }
        // Long names stay two, although they differ only at their end.
        let cut = [(long + "1", 4), (long + "2", 8)]
            .map { name, bytes in
                "class_bytes{class=\"\(name.shortened(toScalars: 200))\",program=\"service\"} \(bytes)"
            }
        #expect(
            lines == ["class_bytes{class=\"a\\\"b\\\\c\u{FFFD}d\",program=\"service\"} 1"] + cut.sorted()
                + ["class_bytes{class=\"other\",program=\"service\"} 2"]
        )
        #expect(Set(cut).count == 2)
    }

    @Test("A thousand classes make a hundred series and the rest, a thousand processes 256")
    func bounds() {
        var board = board(Fixture.header(), Fixture.sample(1))
        for number in 1...3 {
            let holdings = (0..<1000).map { ("Class\($0 + number)", ($0 + 1, 1)) }
            for record in Fixture.snapshot(number, at: number, Dictionary(holdings) { first, _ in first }) {
                board.add(Fixture.stored(record))
            }
        }
        let classes = series(&board).filter { $0.hasPrefix("class_instances") }
        #expect(classes.count == 101)
        // All classes but the hundred largest ones of the first snapshot.
        #expect(classes.last == "class_instances{class=\"other\",program=\"service\"} 900")

        for pid in 1...1000 {
            board.add(stored(Fixture.header(pid: pid), pid: pid, unit: "u\(pid).service"))
            board.add(stored(Fixture.sample(2), pid: pid, unit: "u\(pid).service"))
        }
        #expect(series(&board).filter { $0.hasPrefix("threads") }.count == 256)
    }

    @Test("Classes that a journal leaves out are among the others, those that are gone are 0")
    func omissions() {
        var board = board(Fixture.header(), Fixture.sample(1))
        for record in Fixture.snapshot(1, at: 1, ["A": (10, 1), "B": (20, 2)]) { board.add(Fixture.stored(record)) }
        for record in Fixture.snapshot(2, at: 2, ["A": (10, 1)]) { board.add(Fixture.stored(record)) }
        #expect(series(&board).contains("class_bytes{class=\"B\",program=\"service\"} 0"))
        for record in Fixture.snapshot(3, at: 3, ["A": (10, 1), "B": (30, 3)]).dropLast() {
            board.add(Fixture.stored(record))
        }
        // The snapshot is not complete, and its classes may still come.
        #expect(series(&board, at: Fixture.wallTime + 3.5).contains("class_bytes{class=\"B\",program=\"service\"} 0"))
        let later = series(&board)
        #expect(later.filter { $0.hasPrefix("class_bytes") }.count == 2)
        #expect(later.contains("class_bytes{class=\"B\",program=\"service\"} 30"))
        #expect(later.contains("class_bytes{class=\"other\",program=\"service\"} 10"))
    }

    @Test("Patterns say which classes have series")
    func patterns() {
        var board = board(Fixture.header(), Fixture.sample(1), classes: ["App.*", "Pool"])
        let holdings = ["App.Session": (1, 1), "Lib.ConnectionPool": (2, 1), "Lib.Buffer": (4, 1)]
        for record in Fixture.snapshot(1, at: 1, holdings) { board.add(Fixture.stored(record)) }
        #expect(
            series(&board).filter { $0.hasPrefix("class_bytes") } == [
                "class_bytes{class=\"App.Session\",program=\"service\"} 1",
                "class_bytes{class=\"Lib.ConnectionPool\",program=\"service\"} 2",
                "class_bytes{class=\"other\",program=\"service\"} 4",
            ]
        )
    }
}
#endif
