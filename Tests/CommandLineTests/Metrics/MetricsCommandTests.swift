#if CLI
import TrackingTestSupport
import ClassTracking
import Glibc
import SystemPackage
import Testing

@testable import class_tracker

@Suite("The command metrics", .enabled(if: RunningCommand.isBuilt, "class-tracker is not beside the tests"))
struct MetricsCommandTests {
    private let directory = TemporaryDirectory()

    /// Makes a sample of this moment: an old one would be of a silent process.
    private func sample(_ sequence: Int, resident: Int = 32 << 20) -> Record {
        var record = Fixture.sample(sequence, resident: resident)
        if case .sample(var sample) = record.payload {
            sample.wallTime = Double(time(nil))
            record.payload = .sample(sample)
        }
        return record
    }

    private var resident: String? {
        let lines = contents(of: directory["m.prom"]).split(separator: "\n")
        return lines.first { $0.hasPrefix("class_tracker_resident_memory_bytes{") }.map(String.init)
    }

    private func wait(for condition: () -> Bool) -> Bool { waitUntil(condition) }

    @Test("Without an output file it prints the metrics of now")
    func once() {
        directory.append(Fixture.header(), sample(1), to: "m.jsonl")
        let result = RunningCommand.run("metrics", directory["m.jsonl"].string)
        #expect(result.code == 0)
        #expect(result.errors.isEmpty)
        #expect(result.output.hasSuffix("\n"))
        #expect(result.output.contains("\nclass_tracker_threads{program=\"service\"} 5\n"))
    }

    @Test("A file is followed across rotation and a new run, and the metrics are removed on exit")
    func following() {
        let file = directory["m.jsonl"].string
        let command = RunningCommand(["metrics", file, "--output", directory["m.prom"].string, "--interval", "0.1"])
        // There is no record yet, and the metrics say so.
        #expect(wait { contents(of: directory["m.prom"]).hasPrefix("# ") })
        directory.append(Fixture.header(), sample(1, resident: 1000), to: "m.jsonl")
        #expect(wait { resident?.hasSuffix(" 1000") == true })
        directory.rename("m.jsonl", RollingFileName(active: "m.jsonl").rotated(number: 1, time: Fixture.wallTime))
        directory.append(Fixture.header(), sample(2, resident: 2000), to: "m.jsonl")
        #expect(wait { resident?.hasSuffix(" 2000") == true })
        directory.append(Fixture.header(pid: 4712), sample(1, resident: 3000), to: "m.jsonl")
        #expect(wait { resident == "class_tracker_resident_memory_bytes{program=\"service\"} 3000" })
        var status = stat()
        #expect(stat(directory["m.prom"].string, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o644)
        command.terminate()
        let result = command.result()
        #expect(result.code == 0)
        #expect(result.output.isEmpty)
        #expect(result.errorLines.count == 1)
        #expect(result.errors.contains("m.jsonl: cannot be opened: No such file or directory. Waiting for it."))
        #expect(access(directory["m.prom"].string, F_OK) != 0)
    }

    @Test("Whoever reads the file while it is written finds it whole")
    func atomicity() {
        directory.append(Fixture.header(), sample(1), to: "m.jsonl")
        let file = directory["m.jsonl"].string
        let command = RunningCommand(["metrics", file, "-o", directory["m.prom"].string, "--interval", "0.1"])
        #expect(wait { resident != nil })
        for _ in 0..<2000 {
            let text = contents(of: directory["m.prom"])
            #expect(text.hasPrefix("# HELP class_tracker_resident_memory_bytes "))
            #expect(text.contains("\nclass_tracker_last_sample_timestamp_seconds{program=\"service\"} "))
            #expect(text.hasSuffix("\n"))
            usleep(500)
        }
        command.terminate()
        #expect(command.result().code == 0)
    }

    @Test("With --once the file stays, readable with any umask, and no other file beside it")
    func timer() throws {
        directory.append(Fixture.header(), sample(1), to: "m.jsonl")
        let script = "umask 077; exec \"$0\" metrics --once --output \"$1/m.prom\" \"$1/m.jsonl\""
        let arguments = ["-c", script, RunningCommand.path ?? "", directory.path.string]
        #expect(RunningCommand(arguments, executable: "/bin/sh").result().code == 0)
        var status = stat()
        #expect(stat(directory["m.prom"].string, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o644)
        #expect(Set(directory.names) == ["m.jsonl", "m.prom"])
    }

    @Test("As a service of Type=notify it is ready when the file is there, and kicks the watchdog")
    func notification() throws {
        let socket = try #require(NotifySocket(path: directory["notify"].string))
        directory.append(Fixture.header(), sample(1), to: "m.jsonl")
        let command = RunningCommand(
            ["metrics", directory["m.jsonl"].string, "-o", directory["m.prom"].string, "--interval", "0.2"],
            environment: ["NOTIFY_SOCKET": directory["notify"].string, "WATCHDOG_USEC": "2000000"]
        )
        var messages: [String] = []
        #expect(
            wait {
                messages += socket.messages()
                return messages.filter { $0.contains("WATCHDOG=1") }.count >= 2
            }
        )
        #expect(messages.first == "READY=1\nWATCHDOG=1\nSTATUS=metrics of 1 process")
        #expect(resident != nil)
        command.terminate()
        #expect(command.result().code == 0)
        #expect(socket.messages().contains { $0.hasPrefix("STOPPING=1") })
    }

    @Test("A wrong path is an error at once, and a name that node_exporter does not read is a warning")
    func paths() {
        directory.append(Fixture.header(), sample(1), to: "m.jsonl")
        let file = directory["m.jsonl"].string
        let missing = RunningCommand.run("metrics", file, "--output", directory["none/m.prom"].string)
        #expect(missing.code == 73)
        #expect(missing.errors.contains("none/m.prom: cannot be written: opening: No such file or directory."))
        #expect(RunningCommand.run("metrics", "--once", directory["none.jsonl"].string).code == 66)
        #expect(RunningCommand.run("metrics", "--once", directory.path.string).code == 66)
        let command = RunningCommand(["metrics", file, "--output", directory["m.txt"].string, "--interval", "0.1"])
        #expect(wait { access(directory["m.txt"].string, F_OK) == 0 })
        command.terminate()
        #expect(command.result().errors.contains("m.txt: node_exporter reads only names that end in .prom"))
    }
}

@Suite("Dashboard and alerts")
struct DashboardTests {
    /// Returns the names in a text with the prefix of the metrics.
    private func names(in file: String) throws -> Set<String> {
        let root = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
            .removingLastComponent()
        let text = contents(of: root.appending("Config").appending(file))
        try #require(!text.isEmpty)
        let words = text.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")) }
        return Set(words.filter { $0.hasPrefix("class_tracker_") }.map(String.init))
    }

    @Test("Every metric in them is one that is written, and every metric is shown")
    func metrics() throws {
        let known = Set(TrackerMetric.allCases.map(\.name))
        let dashboard = try names(in: "grafana-class-tracker.json")
        let rules = try names(in: "prometheus-class-tracker.rules.yml")
        #expect(rules.subtracting(known) == [])
        #expect(dashboard.subtracting(known) == [])
        #expect(known.subtracting(dashboard.union(rules)) == [])
    }
}
#endif
