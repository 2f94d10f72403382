#if CLI
import TrackingTestSupport
import CTrackingTestSupport
import ClassTracking
import Glibc
import SystemPackage
import Testing
import TrackingRecords

@testable import class_tracker

@Suite("The command", .enabled(if: RunningCommand.isBuilt, "class-tracker is not beside the tests"))
struct CommandTests {
    private static let noSpike: Comment = "a sanitizer keeps what was freed for a while, so that memory has no spikes"

    private let directory = TemporaryDirectory()

    private func records(_ name: String) throws -> [Record] {
        var records: [Record] = []
        var set = RecordFileSet { Issue.record("\($0)") }
        try set.records(of: directory[name]) { record, _ in records.append(record) }
        return records
    }

    @Test(
        "Wrong usage is one line and code 64",
        arguments: [
            "demo --duration x", "demo --duration -1", "demo --interval 0", "demo --interval 2d", "demo --bogus",
            "tail",
            "tail a --journal", "tail --lines x a", "tail --unit u a", "spikes", "spikes --directory d a", "frobnicate",
            "demo --file dir/", "report", "report a --sort bytes", "report a --limit -1", "report a --since yesterday",
            "html", "html -", "html a --run 0", "html a --output=",
            "diff", "diff a b c", "diff a b --from x", "diff a --limit -1",
            "metrics", "metrics a --output d/", "metrics a --interval 0", "metrics a --journal", "metrics - -o a.prom",
            "metrics a -o a",
        ]
    )
    func usage(arguments: String) {
        let result = RunningCommand(arguments.split(separator: " ").map(String.init)).result()
        #expect(result.code == 64)
        #expect(result.output.isEmpty)
        #expect(result.errorLines.count == 1)
        #expect(result.errors.hasPrefix("class-tracker: "))
    }

    @Test(
        "Help is on standard output and has examples",
        arguments: ["demo", "tail", "spikes", "report", "html", "diff", "metrics", "check"]
    )
    func help(command: String) {
        let result = RunningCommand.run(command, "--help")
        #expect(result.code == 0)
        #expect(result.output.contains("Examples:"))
        #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 80 || $0.hasPrefix("USAGE") })
    }

    @Test("--version prints the version of the package and nothing else")
    func version() {
        let result = RunningCommand.run("--version")
        #expect(result.code == 0 && result.errors == "")
        #expect(result.output == "\(TrackerVersion.current)\n")
    }

    @Test("No input is code 66, damaged input 65, a file that cannot be made 73, wrong configuration 78")
    func exitCodes() {
        directory.append("hello\n", to: "text")
        directory.append("", to: "empty")
        directory.append("{\"record\":\"header\",\"format\":99}\n", to: "newer")
        let path = { directory[$0].string }
        let runs: [(Int32, [String], [String: String])] = [
            (66, ["spikes", path("none")], [:]), (66, ["tail", path("none")], [:]),
            (65, ["spikes", path("text")], [:]),
            (65, ["spikes", path("empty")], [:]), (65, ["spikes", path("newer")], [:]),
            (65, ["tail", "--no-follow", path("empty")], [:]), (65, ["tail", path("text")], [:]),
            (73, ["demo", "--file", path("none/x.jsonl")], [:]), (73, ["demo", "--file", path("text")], [:]),
            (78, ["check", "--config", path("none")], [:]), (78, ["check"], ["CLASS_TRACKER_INTERVAL": "0"]),
            (78, ["demo"], ["CLASS_TRACKER_SPIKE_FLOOR": "x"]),
            (66, ["spikes", "--journal", "--directory", path("none")], [:]),
            (69, ["check"], ["CLASS_TRACKER_FILE_PATH": path("none/x.jsonl")]),
        ]
        for (code, arguments, environment) in runs {
            let result = RunningCommand(arguments, environment: environment).result()
            #expect(result.code == code, "\(arguments)")
            #expect(result.errorLines.count == 1, "\(result.errors)")
        }
    }

    @Test(
        "A short demo finds its spike and leaves a file that tail and spikes read",
        .disabled(if: ctt_sanitizer() != nil, Self.noSpike)
    )
    func demo() throws {
        let path = directory["demo.jsonl"].string
        let result = RunningCommand.run("demo", "--duration", "6", "--interval", "0.3", "--file", path)
        #expect(result.code == 0)
        #expect(result.output.hasPrefix("TIME (UTC)"))
        #expect(!result.output.contains("\u{1B}"))
        #expect(result.output.contains("Found 1 spike in "))
        let records = try records("demo.jsonl")
        #expect(records.last { $0.kind != .notice }?.kind == .end)
        let spikes = RunningCommand.run("spikes", "--json", path)
        #expect(spikes.code == 0)
        #expect(spikes.output.split(separator: "\n").count == 1)
        #expect(spikes.output.hasPrefix("{\"record\":\"spike\""))
        let tail = RunningCommand.run("tail", "--no-follow", "--lines", "1000", "--json", path)
        #expect(tail.output == contents(of: directory["demo.jsonl"]))
    }

    @Test("SIGTERM ends a demo in order: a last sample, an end record, code 0")
    func termination() throws {
        let path = directory["demo.jsonl"].string
        let command = RunningCommand(["demo", "--duration", "0", "--interval", "0.05", "--quiet", "--file", path])
        #expect(waitUntil { contents(of: directory["demo.jsonl"]).contains("\"sample\"") })
        command.terminate()
        let result = command.result()
        #expect(result.code == 0)
        #expect(result.output.isEmpty)
        let kinds = try records("demo.jsonl").map(\.kind).filter { $0 != .notice }
        #expect(kinds.first == .header)
        #expect(kinds.last == .end)
        // After the last sample come the records that it has overtaken: those of the last snapshot.
        let last = try #require(kinds.lastIndex(of: .sample))
        #expect(Set(kinds[(last + 1)...].dropLast()).isSubset(of: [.snapshot, .classSize, .object, .trace]))
        #expect(kinds.contains(.snapshot))
    }

    @Test(
        "As a service of Type=notify the demo reports that it is ready, its status and its stop, and kicks the watchdog",
        .disabled(if: ctt_sanitizer() != nil, Self.noSpike)
    )
    func notification() throws {
        let socket = try #require(NotifySocket(path: directory["notify"].string))
        let environment = ["NOTIFY_SOCKET": directory["notify"].string, "WATCHDOG_USEC": "2000000"]
        let path = directory["demo.jsonl"].string
        let arguments = ["demo", "--duration", "2.5", "--interval", "0.1", "--quiet", "--file", path]
        #expect(RunningCommand(arguments, environment: environment).result().code == 0)
        let messages = socket.messages()
        #expect(messages.first?.hasPrefix("READY=1\nWATCHDOG=1\nSTATUS=resident ") == true)
        #expect(messages.filter { $0.contains("READY=1") }.count == 1)
        #expect(messages.filter { $0.contains("WATCHDOG=1") }.count >= 3)
        #expect(messages.contains { $0.hasPrefix("STOPPING=1") })
        #expect(messages.contains { $0.contains("1 spike") })
    }

    @Test("A reader that closes the pipe ends a demo quietly and in order")
    func brokenPipe() throws {
        let path = directory["demo.jsonl"].string
        let script =
            "( \"$0\" demo --duration 20 --interval 0.05 --file \"$1\" 2>&1; echo \"code $?\" >&2 ) | head -n 3"
        let result = RunningCommand(["-c", script, RunningCommand.path ?? "", path], executable: "/bin/sh").result()
        #expect(result.errors == "code 0\n")
        #expect(try records("demo.jsonl").contains { $0.kind == .end })
    }

    @Test("A table that nobody reads keeps neither the file waiting nor the stop")
    func stalledReader() throws {
        let path = directory["demo.jsonl"].string
        let script = """
            mkfifo "$1.fifo"; sleep 100 <"$1.fifo" & reader=$!
            "$0" demo --duration 0 --interval 0.004 --file "$1" >"$1.fifo" 2>/dev/null & demo=$!
            samples=0 idle=0
            until [ "$samples" -ge 1200 ] || [ "$idle" -gt 300 ]; do
                sleep 0.1
                before=$samples
                samples=$(cat "$1" 2>/dev/null | grep -c '"record":"sample"')
                if [ "$samples" -gt "$before" ]; then idle=0; else idle=$((idle + 1)); fi
            done
            kill $demo; wait $demo; echo "code $?" >&2; kill $reader
            """
        let result = RunningCommand(["-c", script, RunningCommand.path ?? "", path], executable: "/bin/sh").result()
        #expect(result.errors == "code 0\n")
        let records = try records("demo.jsonl")
        #expect(records.contains { $0.kind == .end })
        // The rows of half as many fill the pipe.
        #expect(records.count { $0.kind == .sample } >= 1200)
    }

    @Test("tail ends when its reader has gone, also when nothing is written")
    func silentTail() {
        directory.append(Fixture.header(), Fixture.sample(1), to: "m.jsonl")
        let script = "( \"$0\" tail \"$1\"; echo \"code $?\" >&2 ) | head -n 1"
        let path = directory["m.jsonl"].string
        let result = RunningCommand(["-c", script, RunningCommand.path ?? "", path], executable: "/bin/sh").result()
        #expect(result.errors == "code 0\n")
    }

    @Test(
        "On a terminal there are colours, unless NO_COLOR is set",
        .enabled(if: access("/usr/bin/script", X_OK) == 0, "script(1) is missing, which provides a terminal")
    )
    func colours() {
        directory.append(Fixture.header(), Fixture.sample(1), Fixture.spike(3), to: "m.jsonl")
        let command = "'\(RunningCommand.path ?? "")' tail --no-follow '\(directory["m.jsonl"])'"
        func output(_ environment: [String: String]) -> String {
            RunningCommand(["-qec", command, "/dev/null"], environment: environment, executable: "/usr/bin/script")
                .result().output
        }
        let coloured = output(["TERM": "xterm"])
        #expect(coloured.contains("\u{1B}[1m") && coloured.contains("\u{1B}[31"))
        for plain in [output(["TERM": "xterm", "NO_COLOR": "1"]), output(["TERM": "dumb"])] {
            #expect(plain.contains("spike 1: peak") && !plain.contains("\u{1B}"))
        }
    }

    @Test("A damaged line and a torn tail are reported with file and line, and are no failure")
    func damage() {
        directory.append(Fixture.header(), Fixture.spike(2), to: "m.jsonl")
        directory.append("{\"record\":\"samp\n{\"record\"", to: "m.jsonl")
        let result = RunningCommand.run("spikes", directory["m.jsonl"].string)
        #expect(result.code == 0)
        #expect(result.output.contains("1 spike in 0 samples"))
        #expect(result.errorLines.map { $0.contains("m.jsonl: line 3: ") } == [true, false])
        #expect(result.errorLines.map { $0.contains("m.jsonl: line 4: ") } == [false, true])
    }

    @Test("check --json has each part and each key")
    func check() {
        let environment = ["CLASS_TRACKER_FILE_PATH": directory["m.jsonl"].string, "CLASS_TRACKER_INTERVAL": "500ms"]
        let result = RunningCommand.run("check", "--json", environment: environment)
        #expect(result.output.contains(#"{"check":"status","state":"works","#))
        #expect(result.output.contains(#"{"check":"file","state":"works","#))
        #expect(
            result.output.contains(
                #"{"key":"interval","value":"500ms","source":"environment CLASS_TRACKER_INTERVAL"}"#
            )
        )
        #expect(result.output.split(separator: "\n").allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
    }
}
#endif
