#if CLI
import TrackingTestSupport
import ClassTracking
import Testing

@testable import class_tracker

@Suite("report, html and diff", .enabled(if: RunningCommand.isBuilt, "class-tracker is not beside the tests"))
struct ReportTests {
    private let directory = TemporaryDirectory()

    /// Snapshots in which Node grows, and an object of each class.
    private func writeRun(_ name: String, pid: Int = 4711, snapshots: Int = 4) {
        directory.append(Fixture.header(pid: pid), Fixture.sample(1), Fixture.spike(2, between: true), to: name)
        for number in 1...snapshots {
            var snapshot = Snapshot(
                number: number,
                timestamp: Double(number),
                wallTime: Fixture.wallTime + Double(number)
            )
            snapshot.description = number == 2 ? "login" : ""
            for (name, bytes) in [("app.Node", number * 1000), ("app.Leaf", 64)] {
                var size = ClassSize()
                size.active = bytes / 32
                size.sum = bytes
                snapshot.classes[name] = size
                snapshot.trackedTotal += bytes
            }
            directory.append(Record(.snapshot(snapshot.announcement)), to: name)
            for kind in snapshot.namesBySize {
                if let size = snapshot.record(of: kind) { directory.append(Record(.classSize(size)), to: name) }
            }
        }
        for (id, kind) in [(1, "app.Node"), (2, "app.Leaf")] {
            var object = TrackedObjectRecord(id: UInt64(id), name: kind, className: "X", address: 16, birth: 1)
            let sized = SizedObject(name: "X", size: 1000 * id, flat: 16)
            object.sizes = [ObjectSize(timestamp: Double(snapshots), size: sized)]
            directory.append(Record(.object(object)), to: name)
        }
    }

    @Test("A report has the memory, the spikes, the snapshots and the largest objects")
    func report() throws {
        writeRun("m.jsonl")
        let result = RunningCommand.run("report", directory["m.jsonl"].string)
        #expect(result.code == 0)
        #expect(result.errors == "")
        let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0].hasPrefix("service[4711]  2026-11-22 20:00:01.0 to 2026-11-22 20:00:04.0 UTC"))
        #expect(lines[1].contains("1 sample: resident 32.0 MiB"))
        #expect(lines[2].hasPrefix("  no end was written: the process was killed, crashed or is still running; "))
        #expect(lines[2].hasSuffix("the last record is of 20:00:04.0"))
        #expect(lines[3].contains("spike 1: peak 288.0 MiB"))
        #expect(lines[5].hasPrefix("---- SUMMARY ---"))
        #expect(lines.filter { $0.contains("active") }.count == 4)
        let leaf = try #require(result.output.firstRange(of: "#2"))
        let node = try #require(result.output.firstRange(of: "#1\n"))
        #expect(leaf.lowerBound < node.lowerBound)
    }

    @Test("A report is restricted to classes, objects, a summary or a time")
    func restriction() {
        writeRun("m.jsonl")
        let path = directory["m.jsonl"].string
        let leaf = RunningCommand.run("report", "--class", "*.Leaf", path).output
        #expect(leaf.contains("#2") && !leaf.contains("Node"))
        let reversed = RunningCommand.run("report", "--sort", "size", "--reverse", "--limit", "1", path).output
        #expect(reversed.contains("#1\n") && !reversed.contains("#2") && reversed.contains("1 of 2 objects"))
        let summary = RunningCommand.run("report", "--summary", "--snapshots", "2", path).output
        #expect(!summary.contains("#1") && summary.contains("... 2 more snapshots"))
        let since = RunningCommand.run("report", "--summary", "--since", "@\(Fixture.wallTime + 3)", path).output
        #expect(!since.contains("login") && since.contains("4.000s"))
        #expect(RunningCommand.run("report", "--until", "2020-01-01", path).code == 66)
    }

    @Test("A report as JSON is a stream of records that a report can be made of")
    func json() {
        writeRun("m.jsonl")
        let result = RunningCommand.run("report", "--json", directory["m.jsonl"].string)
        #expect(result.output.split(separator: "\n").allSatisfy { $0.hasPrefix("{\"record\":\"") && $0.hasSuffix("}") })
        directory.append(result.output, to: "again.jsonl")
        #expect(RunningCommand.run("report", "--json", directory["again.jsonl"].string).output == result.output)
    }

    @Test("Each run has a part of its own; several files, a directory and standard input are read")
    func inputs() {
        writeRun("a.jsonl")
        writeRun("b.jsonl", pid: 12)
        let paths = [directory["a.jsonl"].string, directory["b.jsonl"].string]
        let both = RunningCommand(["report"] + paths).result().output
        #expect(both.contains("service[4711]") && both.contains("\nservice[12]"))
        #expect(RunningCommand.run("report", directory.path.string).output == both)
        let piped = RunningCommand(
            ["-c", "\"$0\" report - <\"$1\"", RunningCommand.path ?? "", paths[0]],
            executable: "/bin/sh"
        )
        #expect(piped.result().output == RunningCommand.run("report", paths[0]).output)
    }

    @Test("A page is written beside its file, to a path or to standard output, of a run, a time and classes")
    func html() {
        writeRun("m.jsonl")
        let path = directory["m.jsonl"].string
        let result = RunningCommand.run("html", path)
        #expect(result.code == 0 && result.errors == "")
        #expect(result.output == "Wrote \(directory["m.html"].string).\n")
        let page = contents(of: directory["m.html"])
        #expect(page.hasPrefix("<!DOCTYPE html>") && page.contains("app.Node") && page.contains("spike 1"))
        #expect(RunningCommand.run("html", "-o", "-", path).output == page + "\n")
        let some = RunningCommand.run(
            "html",
            "--output",
            "-",
            "--title",
            "<b>",
            "--class",
            "*.Leaf",
            "--since",
            "@\(Fixture.wallTime + 3)",
            path
        )
        #expect(some.output.contains("<h1>&lt;b&gt;</h1>"))
        #expect(some.output.contains("app.Leaf") && !some.output.contains("app.Node") && !some.output.contains("login"))
        writeRun("m.jsonl", pid: 12, snapshots: 9)
        // Another run follows in the file.
        let first = RunningCommand.run("html", "-o", "-", "--run", "1", path).output
        #expect(page.contains("crashed or is still running;") && first.contains("crashed or ended by _exit;"))
        #expect(first.split(separator: "\n").count == page.split(separator: "\n").count)
        #expect(RunningCommand.run("html", "-o", "-", "--run", "2", path).output.contains("service[12]"))
        #expect(RunningCommand.run("html", "-o", "-", "--run", "3", path).code == 66)
        let unwritable = RunningCommand.run("html", "--output", directory["none/page.html"].string, path)
        #expect(unwritable.code == 73 && unwritable.errorLines.count == 1)
        // A page of standard input needs a path.
        let piped = RunningCommand(
            [
                "-c", "\"$0\" html --output \"$2\" - <\"$1\"", RunningCommand.path ?? "", path,
                directory["n.html"].string,
            ],
            executable: "/bin/sh"
        )
        #expect(piped.result().code == 0)
        #expect(contents(of: directory["n.html"]).hasPrefix("<!DOCTYPE html>"))
    }

    @Test("A diff ranks growth and names suspects, between labels and between two files")
    func diff() {
        writeRun("m.jsonl")
        let path = directory["m.jsonl"].string
        let result = RunningCommand.run("diff", path)
        #expect(result.code == 0)
        #expect(result.output.hasPrefix("---- DIFF ---"))
        #expect(result.output.contains("May leak: app.Node\n"))
        let json = RunningCommand.run("diff", "--json", "--from", "login", "--to", "#4", path).output
        #expect(json.contains(#"{"diff":"class","name":"app.Node","growth_bytes":2000,"before_bytes":2000,"#))
        #expect(json.contains(#"{"diff":"suspect","name":"app.Node","#))
        writeRun("n.jsonl", pid: 12, snapshots: 9)
        let two = RunningCommand.run("diff", "--class", "Node", path, directory["n.jsonl"].string).output
        #expect(two.contains("+4.9 KiB"))
        let unknown = RunningCommand.run("diff", "--from", "nope", path)
        #expect(unknown.code == 65)
        #expect(unknown.errorLines.count == 1)
    }

    @Test("If nothing was tracked, all commands show the process, from a stream and from a dump")
    func nothingTracked() throws {
        let samples = (1...9).map { Fixture.sample($0, resident: ($0 == 5 ? 300 : 32) << 20) }
        directory.append(Fixture.header(), to: "stream.jsonl")
        for record in samples + [Fixture.spike(6)] { directory.append(record, to: "stream.jsonl") }
        var contents = try Stats(contentsOf: directory["stream.jsonl"]).contents
        contents.snapshots = samples.enumerated()
            .compactMap { position, record in
                guard case .sample(let sample) = record.payload else { return nil }
                var snapshot = Snapshot(number: position + 1, timestamp: sample.timestamp, wallTime: sample.wallTime)
                snapshot.isPeriodic = true
                snapshot.processMemory = sample.memory
                return snapshot
            }
        try Stats(contents).dumpStats(to: directory["dump.jsonl"])
        for name in ["stream.jsonl", "dump.jsonl"] {
            let path = directory[name].string
            let report = RunningCommand.run("report", path)
            #expect(report.code == 0 && report.errors == "")
            #expect(report.output.contains("9 samples: resident 32.0 MiB to 300.0 MiB"))
            #expect(report.output.contains("No classes or objects were tracked.\n"))
            let rows = report.output.split(separator: "\n").filter { $0.contains(" MiB resident; ") }
            #expect(rows.count == 6 && rows[1].hasPrefix("5.000s "))
            let diff = RunningCommand.run("diff", "--from", "#1", "--to", "#5", path)
            #expect(diff.code == 0)
            #expect(diff.output.contains("  resident set               +268.0 MiB    300.0 MiB\n"))
            #expect(RunningCommand.run("html", "-o", "-", path).output.contains("9 samples"))
            #expect(RunningCommand.run("spikes", path).output.contains("1 spike in 9 samples"))
        }
    }

    @Test("The length of a run comes from the clock that cannot be set, its dates from wall time")
    func setClock() {
        directory.append(Fixture.header(), to: "m.jsonl")
        for second in 1...10 {
            guard case .sample(var sample) = Fixture.sample(second).payload else { return }
            if second > 5 { sample.wallTime += 3600 }
            directory.append(Record(sequence: second, .sample(sample)), to: "m.jsonl")
        }
        let title = RunningCommand.run("report", directory["m.jsonl"].string).output.split(separator: "\n")[0]
        #expect(title == "service[4711]  2026-11-22 20:00:01.0 to 2026-11-22 21:00:10.0 UTC, 9 s")
    }

    @Test("Damaged, empty, foreign and newer files are one line and code 65, no file is 66; readable records are shown")
    func damage() {
        writeRun("damaged")
        directory.append("{\"record\":\"sam\n", to: "damaged")
        directory.append(Fixture.sample(9), to: "damaged")
        directory.append("hello\n", to: "foreign")
        directory.append("", to: "empty")
        directory.append("{\"record\":\"header\",\"format\":99}\n", to: "newer")
        directory.append(Fixture.header(), to: "nothing")
        for command in ["report", "diff", "html --output -"] {
            for (name, code) in [
                ("damaged", 65), ("foreign", 65), ("empty", 65), ("newer", 65), ("nothing", 65), ("none", 66),
            ] {
                let result = RunningCommand(command.split(separator: " ").map(String.init) + [directory[name].string])
                    .result()
                #expect(result.code == code, "\(command) \(name)")
                #expect(result.errorLines.count == 1, "\(result.errors)")
                #expect(result.output.isEmpty == (name != "damaged"))
            }
        }
        let torn = RunningCommand.run("report", directory["damaged"].string).errors
        #expect(torn.contains("damaged: line "))
    }

    @Test(
        "Times are UTC, seconds since 1970, or so long ago",
        arguments: [
            ("2026-11-22", 1_795_305_600), ("2026-11-22 20:00", 1_795_377_600),
            ("2026-11-22T20:00:01.5Z", 1_795_377_601.5),
            ("@12.5", 12.5), ("10min", 400), ("0", 1000), ("2026-13-01", nil), ("2026-11-22 25:00", nil), ("@x", nil),
            ("2026-11-22 20", nil), ("", nil), ("yesterday", nil),
        ] as [(String, Double?)]
    )
    func times(text: String, seconds: Double?) {
        #expect(TimeArgument.seconds(text, now: 1000) == seconds)
    }
}
#endif
