#if CLI
import Glibc
import TrackingTestSupport
import ClassTracking
import SystemPackage
import Testing

@testable import class_tracker

@Suite("The configuration of a command", .enabled(if: RunningCommand.isBuilt, "class-tracker is not beside the tests"))
struct ConfigurationArgumentTests {
    private let directory = TemporaryDirectory()

    /// Returns the lines of `check --json` about keys.
    private func keys(_ result: RunningCommand.Result) -> [Substring] {
        result.output.split(separator: "\n").filter { $0.hasPrefix("{\"key\"") }
    }

    @Test("check shows the source of each value, and the values that it overrides")
    func sources() {
        directory.append("interval = 5s\nspike.floor = 16MiB\nqueue.capacity = 64\n", to: "x.conf")
        let config = directory["x.conf"].string
        let variables = ["CLASS_TRACKER_INTERVAL": "2", "CLASS_TRACKER_QUEUE_CAPACITY": "128"]
        let arguments = ["check", "--config", config, "--set", "interval=500ms"]
        let lines = keys(RunningCommand(arguments + ["--json"], environment: variables).result())
        let expected: [Substring] = [
            #"{"key":"interval","value":"500ms","source":"argument --set","overrides":[{"value":"2","source":"environment "#
                + #"CLASS_TRACKER_INTERVAL"},{"value":"5s","source":"\#(config):1"}]}"#,
            #"{"key":"spike.floor","value":"16MiB","source":"\#(config):2"}"#,
            #"{"key":"queue.capacity","value":"128","source":"environment CLASS_TRACKER_QUEUE_CAPACITY","overrides":[{"#
                + #""value":"64","source":"\#(config):3"}]}"#,
            #"{"key":"spike.window","value":"60","source":"default"}"#,
        ]
        for line in expected { #expect(lines.contains(line)) }
        let text = RunningCommand(arguments, environment: variables).result().output
        let overrides = "overrides 2 of environment CLASS_TRACKER_INTERVAL; overrides 5s of \(config):1"
        #expect(text.contains("argument --set; \(overrides)\n"))
        #expect(text.contains("spike.floor            16MiB         \(config):2\n"))
        #expect(text.contains("spike.window           60            default\n"))
    }

    @Test("Every key is an argument")
    func everyKey() {
        let path = directory["m.jsonl"].string
        // The values in force, given as arguments: only their sources differ.
        let before = RunningCommand.run("check", "--json", "--set", "file.path=\(path)")
        let values = ConfigurationKey.allCases.compactMap { key in
            keys(before).first { $0.hasPrefix("{\"key\":\"\(key.rawValue)\",") }
                .flatMap { $0.split(separator: "\"").dropFirst(7).first }.map { "\(key.rawValue)=\($0)" }
        }
        #expect(values.count == ConfigurationKey.allCases.count)
        let after = RunningCommand(["check", "--json"] + values.flatMap { ["--set", $0] }).result()
        #expect(keys(after).count == ConfigurationKey.allCases.count)
        #expect(keys(after).allSatisfy { $0.contains("\"source\":\"argument --set\"") })
    }

    @Test("check reports every error of each layer, and ends with 78", arguments: [["check"], ["check", "--json"]])
    func wrongEverywhere(command: [String]) {
        directory.append("interval = 5s\nspike.flor = 16MiB\nbroken\n", to: "y.conf")
        let config = directory["y.conf"].string
        let result = RunningCommand(
            command + ["--config", config, "--set", "floor=1", "--set", "interval=soon"],
            environment: ["CLASS_TRACKER_INTERVALL": "1", "CLASS_TRACKER_SPIKE_WINDOW": "2"]
        )
        .result()
        let wrong = [
            #"\#(config):2: there is no key "spike.flor"; did you mean "spike.floor"?"#,
            #"\#(config):3: "broken" is not of the form "key = value"."#,
            #"environment CLASS_TRACKER_SPIKE_WINDOW: spike.window: "2" is not allowed: use a number from 3 to 10000."#,
            #"argument --set: there is no key "floor"; did you mean "spike.floor"?"#,
            #"argument --set: interval: "soon" is not allowed: use 1 ms to 1 day, such as 500ms, 1s, 5min."#,
            #"environment: there is no key "CLASS_TRACKER_INTERVALL"; did you mean "CLASS_TRACKER_INTERVAL"?"#,
        ]
        #expect(result.code == 78)
        #expect(result.output.isEmpty)
        #expect(result.errors == wrong.map { "class-tracker: \($0)\n" }.joined())
    }

    @Test("A wrong variable alone leaves the configuration in force, which check prints, and code 78")
    func wrongVariable() {
        let variables = ["CLASS_TRACKER_INTERVALL": "1", "CLASS_TRACKER_FOLLOW": "1", "CLASS_TRACKER_EXE": "app"]
        let result = RunningCommand(["check"], environment: variables).result()
        #expect(result.code == 78)
        #expect(result.errorLines.count == 1)
        #expect(result.errors.contains("\"CLASS_TRACKER_INTERVALL\"; did you mean \"CLASS_TRACKER_INTERVAL\"?"))
        #expect(result.output.contains("interval               1s            default\n"))
    }

    @Test("check lists the keys of a file that is not written")
    func idleKeys() {
        let result = RunningCommand.run("check", "--set", "file.keep=3", "--set", "file.maximum-age=1d")
        #expect(
            result.output.contains(
                "file.path is not set; without it these keys have no effect: file.keep, file.maximum-age\n"
            )
        )
    }

    @Test(
        "A wrong --set is wrong usage, and so is a key that is set twice over",
        arguments: [
            ["check", "--set", "interval"], ["check", "--set", "=1"], ["demo", "--set", ""],
            ["demo", "--interval", "1", "--set", "interval=2"], ["demo", "--file", "a", "--set", "file.path=b"],
            ["run", "--track", "A.B", "--set", "track=A.C", "--", "true"],
        ]
    )
    func usage(arguments: [String]) {
        let result = RunningCommand(arguments).result()
        #expect(result.code == 64)
        #expect(result.errorLines.count == 1)
    }

    @Test("demo and run refuse what check refuses")
    func refusals() {
        let agent = agentDirectory()
        let runs: [([String], [String: String])] = [
            (["--set", "spike.flor=1"], [:]), (["--set", "interval=0"], [:]), (["--config", "/nonexistent/x"], [:]),
            ([], ["CLASS_TRACKER_INTERVALL": "1"]), ([], ["CLASS_TRACKER_CONFIG": "/nonexistent/x"]),
        ]
        for (arguments, environment) in runs {
            for command in [["demo"] + arguments, ["run", "--agent", agent] + arguments + ["--", "/bin/true"]] {
                let result = RunningCommand(command, environment: environment).result()
                #expect(result.code == 78, "\(command)")
                #expect(result.errorLines.count == 1)
            }
        }
    }

    @Test("demo takes its keys from the file and from arguments")
    func demo() throws {
        directory.append("interval = 50ms\nfile.path = \(directory["m.jsonl"])\njournal.enabled = no\n", to: "x.conf")
        let config = directory["x.conf"].string
        let arguments = ["demo", "--quiet", "--duration", "1", "--config", config, "--set", "interval=100ms"]
        let result = RunningCommand(arguments).result()
        #expect(result.code == 0)
        let header = contents(of: directory["m.jsonl"]).split(separator: "\n").first
        #expect(header?.contains("\"interval_seconds\":0.100000,") == true)
    }

    /// Makes two files for `run --agent`, which a program without Swift's runtime ignores.
    private func agentDirectory() -> String {
        directory.append("\u{7F}ELF", to: "libClassTrackerAgent.so")
        directory.append("\u{7F}ELF", to: "libClassTrackerAgentCore.so")
        return directory["libClassTrackerAgent.so"].string
    }

    @Test("run --agent takes the library or its directory, and explains what is wrong with another path")
    func agentPaths() throws {
        func said(_ path: String) -> String {
            RunningCommand(["run", "--agent", path, "--", "/bin/true"]).result().errors
        }
        let (agent, core) = (
            directory["libClassTrackerAgent.so"].string, directory["libClassTrackerAgentCore.so"].string
        )
        #expect(said(directory["nowhere"].string).contains("there is no libClassTrackerAgent.so at"))
        #expect(said(directory.path.string).contains("there is no libClassTrackerAgent.so at \(agent)"))
        directory.append("\u{7F}ELF", to: "libClassTrackerAgent.so")
        #expect(said(directory.path.string).contains("\(core) is missing, which libClassTrackerAgent.so loads"))
        #expect(said(agent).contains("\(core) is missing, which libClassTrackerAgent.so loads"))
        directory.append("half", to: "libClassTrackerAgentCore.so")
        #expect(said(agent).contains("\(core) is no library"))
        #expect(said(core).contains("\(core) is what libClassTrackerAgent.so loads"))
        directory.append("text", to: "notes")
        #expect(said(directory["notes"].string).contains("notes is no library"))
        unlink(core)
        directory.append("\u{7F}ELF", to: "libClassTrackerAgentCore.so")
        // Both forms are accepted; the message is about the program.
        for path in [agent, directory.path.string] {
            #expect(said(path).contains("/bin/true does not load libswiftCore.so"))
        }
    }

    @Test("run passes its arguments on in the environment, with absolute paths")
    func handingOn() {
        directory.append("interval = 5s\nfile.path = named.jsonl\n", to: "x.conf")
        let command = [RunningCommand.path ?? "", "run", "--agent", agentDirectory()]
        let environment = [
            "CLASS_TRACKER_SPIKE_FLOOR": "1MiB", "CLASS_TRACKER_SPIKE_WINDOW": "9", "CLASS_TRACKER_EXE": "x",
        ]
        let variables = { (arguments: [String]) -> [String] in
            let script = ["-c", "cd \"$0\" && exec \"$@\"", directory.path.string]
            let all = script + command + arguments + ["--", "/usr/bin/env"]
            let output = RunningCommand(all, environment: environment, executable: "/bin/sh").result().output
            return output.split(separator: "\n").filter { $0.hasPrefix("CLASS_TRACKER_") }.sorted().map(String.init)
        }
        let path = { (name: String) -> String in "CLASS_TRACKER_FILE_PATH=\(directory[name])" }

        let file = variables([
            "--config", "x.conf", "--set", "spike.floor=64MiB", "--track", "A.B", "--track", "A.C trace",
        ])
        let expectedOfFile: [String] = [
            "CLASS_TRACKER_CONFIG=\(directory["x.conf"])", path("named.jsonl"), "CLASS_TRACKER_SPIKE_FLOOR=64MiB",
            "CLASS_TRACKER_SPIKE_WINDOW=9", "CLASS_TRACKER_TRACK=A.B, A.C trace",
        ]
        #expect(file == expectedOfFile)

        let shorthands = variables(["--interval", "0.5", "--file", "given.jsonl", "--follow"])
        let expectedOfShorthands: [String] = [
            path("given.jsonl"), "CLASS_TRACKER_FOLLOW=1", "CLASS_TRACKER_INTERVAL=500ms",
            "CLASS_TRACKER_SPIKE_FLOOR=1MiB", "CLASS_TRACKER_SPIKE_WINDOW=9",
        ]
        #expect(shorthands == expectedOfShorthands)

        let assigned = variables([
            "--set", "file.path=set.jsonl", "--set", "spike.window=10", "--set", "spike.window=11",
        ])
        let expectedOfAssigned: [String] = [
            path("set.jsonl"), "CLASS_TRACKER_SPIKE_FLOOR=1MiB", "CLASS_TRACKER_SPIKE_WINDOW=11",
        ]
        #expect(assigned == expectedOfAssigned)
        #expect(variables([]).first == path("class-tracker-env.jsonl"))
    }
}
#endif
