import Glibc
import Testing
import TrackingTestSupport

@testable import ClassTracking

@Suite("Configuration")
struct ConfigurationTests {
    @Test(
        "A wrong list of classes is refused",
        arguments: [
            "", ",", "App.A,", "keep=1", "App.A keep=yes", "App.A level=1", "App.A resolution-level=x",
            "A resolution-level=33",
        ]
    )
    func wrongTracks(value: String) {
        #expect(throws: TrackingError.self) {
            try ClassTracker.Configuration.load(environment: ["CLASS_TRACKER_TRACK": value])
        }
    }

    @Test(
        "A wrong value names its key, its source and what is allowed",
        arguments: [
            ("interval", "0"), ("interval", "-1s"), ("interval", "2d"), ("interval", "soon"), ("interval", ""),
            ("interval", "nan"), ("interval", "inf"), ("reset-peak", "maybe"), ("journal.identifier", ""),
            ("journal.identifier", "a\nb"), ("journal.identifier", String(repeating: "x", count: 65)),
            ("file.path", "/"), ("file.path", ""), ("file.path", "logs/"), ("file.maximum-bytes", "1"),
            ("file.maximum-bytes", "1e99GiB"), ("file.keep", "0"), ("queue.capacity", "15"),
            ("spike.deviations", "x"), ("spike.limit-fraction", "1.1"), ("spike.window", "2"), ("spike.cooldown", "-1"),
        ]
    )
    func wrongValues(name: String, value: String) throws {
        let key = try #require(ConfigurationKey(rawValue: name))
        let error = #expect(throws: TrackingError.self) {
            try ClassTracker.Configuration.load(environment: [key.environmentName: value])
        }
        let text = try #require(error).description
        #expect(text.contains(key.rawValue))
        #expect(text.contains("environment \(key.environmentName)"))
        #expect(text.contains(key.allowed))
    }

    @Test("A line that is no assignment, and a file that is not there, are told by name")
    func wrongFile() throws {
        let file = try TemporaryFile("interval 1s\n")
        #expect(throws: TrackingError.malformedLine(path: file.path.string, line: 1, text: "interval 1s")) {
            try ClassTracker.Configuration.load(file: file.path, environment: [:])
        }
        let error = #expect(throws: TrackingError.self) {
            try ClassTracker.Configuration.load(file: "/nonexistent/x.conf", environment: [:])
        }
        #expect(error?.description.contains("/nonexistent/x.conf") == true)
    }

    @Test(
        "Errors say the ends of a range as people write them",
        arguments: [
            ("interval", "1 ms to 1 day, such as 500ms, 1s, 5min"),
            ("exit-timeout", "0 (does not wait) to 1min, such as 500ms"),
            ("file.maximum-age", "1s to 3650d, or none"), ("file.maximum-bytes", "16KiB to 1TiB, such as 16MiB"),
            ("overhead-budget", "a number from 0.0001 to 1, such as 0.01, or none"),
            ("isolation", "in-process or forked"),
            ("spike.limit", "1MiB to 1024TiB, or none"), ("journal.identifier", "1 to 64 printable characters"),
        ]
    )
    func allowed(name: String, words: String) {
        #expect(ConfigurationKey(rawValue: name)?.allowed == words)
    }

    @Test("Sizes of a file without a path write no file")
    func sizesWithoutPath() throws {
        let loaded = try ClassTracker.Configuration.load(environment: ["CLASS_TRACKER_FILE_KEEP": "3"])
        #expect(loaded.file == nil)
    }

    @Test(
        "Times have units, and seconds without one",
        arguments: [
            ("1", Duration.seconds(1)), ("0.5", .milliseconds(500)), ("500ms", .milliseconds(500)),
            ("2 s", .seconds(2)),
            ("250us", .microseconds(250)), ("5min", .seconds(300)), ("1h", .seconds(3600)), ("1d", .day),
        ]
    )
    func durations(text: String, duration: Duration) {
        #expect(ValueText.duration(text) == duration)
    }

    @Test(
        "Sizes have binary units, and bytes without one",
        arguments: [("0", 0), ("512", 512), ("16KiB", 16_384), ("1.5MiB", 1_572_864), ("2G", 2 << 30), ("7B", 7)]
    )
    func sizes(text: String, bytes: Int) {
        #expect(ValueText.bytes(text) == bytes)
    }
}

@Suite("Switching on from the environment")
struct EnvironmentStartTests {
    @Test("Without its variables nothing is started")
    func off() {
        let tracker = makeTracker(MemorySink())
        #expect(ClassTracker.start(tracker, environment: ["CLASS_TRACKER_FILE_PATH": "/tmp/x"]) == .off)
        #expect(tracker.status.interval == nil)
    }

    @Test("With an interval the tracker runs at it")
    func on() throws {
        let sink = MemorySink()
        let tracker = makeTracker(sink)
        let environment = ["CLASS_TRACKER_INTERVAL": "50ms", "CLASS_TRACKER_JOURNAL_ENABLED": "no"]
        #expect(ClassTracker.start(tracker, environment: environment) == .started)
        #expect(tracker.status.interval == .milliseconds(50))
        #expect(waitUntil { sink.samples.count >= 2 })
        tracker.stopPeriodicSnapshots()
    }

    @Test("A wrong value throws nothing into the host and starts nothing")
    func wrong() {
        let tracker = makeTracker(MemorySink())
        let result = ClassTracker.start(tracker, environment: ["CLASS_TRACKER_INTERVAL": "never"])
        guard case .failed(let error) = result else {
            Issue.record("the result is \(result)")
            return
        }
        #expect(error.description.contains("CLASS_TRACKER_INTERVAL"))
        #expect(tracker.status.interval == nil)
    }

    @Test("A variable that does not exist stops nothing, and one line of the stream says so")
    func unknownVariables() {
        let sink = MemorySink()
        let tracker = makeTracker(sink)
        var environment = ["CLASS_TRACKER_INTERVAL": "50ms", "CLASS_TRACKER_JOURNAL_ENABLED": "no"]
        environment["CLASS_TRACKER_SPIKE_FLOR"] = "64MiB"
        environment["CLASS_TRACKER_INTERVALL"] = "1s"
        #expect(ClassTracker.start(tracker, environment: environment) == .started)
        #expect(waitUntil { !sink.notices.isEmpty })
        tracker.stopPeriodicSnapshots()
        let message = """
            environment: there is no key "CLASS_TRACKER_INTERVALL"; did you mean "CLASS_TRACKER_INTERVAL"? \
            environment: there is no key "CLASS_TRACKER_SPIKE_FLOR"; did you mean "CLASS_TRACKER_SPIKE_FLOOR"?
            """
        #expect(sink.notices.map(\.message) == [message])
        #expect(sink.notices.map(\.severity) == [.warning])
    }

    @Test(
        "A switch that is misspelt starts nothing, and the journal says why",
        .enabled(if: getenv("TRACKING_TEST_JOURNALD") != nil, "needs Tests/EndToEnd/with-journald")
    )
    func misspeltSwitch() throws {
        let tracker = makeTracker(MemorySink())
        #expect(ClassTracker.start(tracker, environment: ["CLASS_TRACKER_INTERVALL": "1s"]) == .off)
        #expect(tracker.status.interval == nil)
        let told = waitUntil {
            entries()
                .contains(
                    #"runs without memory tracking: environment: there is no key "CLASS_TRACKER_INTERVALL"; did you mean"#
                )
        }
        #expect(told)
    }

    /// The messages of this process in the journal.
    private func entries() -> String {
        guard let stream = popen("journalctl -q -o cat -t class-tracker _PID=\(getpid())", "r") else { return "" }
        defer { pclose(stream) }
        var text: [UInt8] = []
        while case let byte = getc(stream), byte != EOF { text.append(UInt8(truncatingIfNeeded: byte)) }
        return String(decoding: text, as: UTF8.self)
    }

    @Test("The line stays short, however many there are")
    func manyUnknownVariables() throws {
        let names = (0..<2000).map { "CLASS_TRACKER_\(String(repeating: "Z", count: 200))\($0)" }
        let environment = Dictionary(uniqueKeysWithValues: names.map { ($0, "1") })
        let loaded = try ClassTracker.Configuration.load(environment: environment)
        #expect(loaded.warnings.count == 1)
        #expect(loaded.warnings[0].count < 1000)
        #expect(loaded.warnings[0].hasSuffix(" And 1995 more."))
    }

    @Test("What is to be kept in memory holds for a tracker that is configured after it was made")
    func retention() throws {
        let tracker = makeTracker(MemorySink())
        let environment = [
            "CLASS_TRACKER_INTERVAL": "1h", "CLASS_TRACKER_JOURNAL_ENABLED": "no",
            "CLASS_TRACKER_RETENTION_SNAPSHOTS": "2",
        ]
        #expect(ClassTracker.start(tracker, environment: environment) == .started)
        for _ in 0..<5 { try tracker.createSnapshot() }
        #expect(tracker.snapshots.count == 2)
        tracker.close()
    }
}
