import Testing

@testable import ClassTracking

@Suite("Configuration")
struct ConfigurationTests {
    @Test("Every key is set by the environment under its name")
    func environment() throws {
        let values: [(ConfigurationKey, String)] = [
            (.interval, "250ms"), (.resetPeak, "false"), (.journalEnabled, "false"), (.journalIdentifier, "mine"),
            (.journalInterval, "2s"), (.filePath, "/tmp/x.jsonl"), (.fileMaximumBytes, "1MiB"), (.fileKeep, "3"),
            (.fileMaximumAge, "86400s"), (.fileSyncInterval, "5s"), (.queueCapacity, "64"),
            (.track, "App.A name=a resolution-level=2 keep trace, App.*"), (.snapshotObjects, "5"),
            (.retentionSnapshots, "7"), (.retentionSizes, "70"), (.retentionDetails, "8"), (.retentionDeadObjects, "9"),
            (.retentionHistory, "99"), (.spikeFloor, "8MiB"),
            (.spikeDeviations, "4.5"), (.spikeLimit, "2GiB"), (.spikeLimitFraction, "0.25"), (.spikeWindow, "30"),
            (.spikeWarmUp, "5"), (.spikeRelease, "0.75"), (.spikeSettleSamples, "9"), (.spikeCooldown, "60s"),
            (.spikeContextSamples, "4"), (.spikeExplain, "true"), (.spikeIsolation, "forked"), (.isolation, "forked"),
            (.pauseBudget, "50ms"),
        ]
        #expect(Set(values.map(\.0)) == Set(ConfigurationKey.allCases))
        let environment = Dictionary(uniqueKeysWithValues: values.map { ($0.environmentName, $1) })
        let loaded = try ClassTracker.Configuration.load(environment: environment)
        let defaults = ClassTracker.Configuration()
        for (key, value) in values {
            #expect(key.value(in: loaded) == value, "\(key.rawValue)")
            #expect(key.value(in: defaults) != value, "\(key.rawValue) is the default")
        }
        #expect(ConfigurationKey.fileMaximumBytes.environmentName == "CLASS_TRACKER_FILE_MAXIMUM_BYTES")
    }

    @Test("The file in Config is valid, and says the defaults")
    func shippedFile() throws {
        // Tests/ClassTrackingTests/ConfigurationTests.swift is three levels below the top.
        var path = FilePath(#filePath)
        for _ in 0..<3 { path.removeLastComponent() }
        path.append("Config/class-tracker.conf")
        #expect(try ClassTracker.Configuration.load(file: path, environment: [:]) == ClassTracker.Configuration())
    }

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

    @Test("The environment has the last word over the file, and both are told")
    func layers() throws {
        let file = try TemporaryFile("# a comment\n\n interval = 5s \nspike.floor=1MiB\n")
        let loader = try ConfigurationLoader.load(
            file: nil,
            environment: ["CLASS_TRACKER_CONFIG": file.path.string, "CLASS_TRACKER_INTERVAL": "2"]
        )
        #expect(loader.configuration.interval == .seconds(2))
        #expect(loader.configuration.spike.floor == 1 << 20)
        #expect(loader.sources[.interval] == "environment CLASS_TRACKER_INTERVAL")
        #expect(loader.sources[.spikeFloor] == "\(file.path): line 4")
        #expect(loader.sources[.queueCapacity] == nil)
    }

    @Test(
        "A wrong value names its key, its source and what is allowed",
        arguments: [
            (ConfigurationKey.interval, "0"), (.interval, "-1s"), (.interval, "2d"), (.interval, "soon"),
            (.interval, ""),
            (.interval, "nan"), (.interval, "inf"), (.resetPeak, "maybe"), (.journalIdentifier, ""),
            (.journalIdentifier, "a\nb"), (.filePath, "/"), (.filePath, ""), (.filePath, "logs/"),
            (.fileMaximumBytes, "1"), (.fileMaximumBytes, "1e99GiB"), (.fileKeep, "0"), (.queueCapacity, "15"),
            (.spikeDeviations, "x"), (.spikeLimitFraction, "1.1"), (.spikeWindow, "2"), (.spikeCooldown, "-1"),
        ]
    )
    func wrongValues(key: ConfigurationKey, value: String) throws {
        let error = #expect(throws: TrackingError.self) {
            try ClassTracker.Configuration.load(environment: [key.environmentName: value])
        }
        let text = try #require(error).description
        #expect(text.contains(key.rawValue))
        #expect(text.contains("environment \(key.environmentName)"))
        #expect(text.contains(key.allowed))
    }

    @Test("A wrong key names the line and the nearest right one")
    func wrongKey() throws {
        let file = try TemporaryFile("interval = 1s\nspike.flor = 1MiB\n")
        let error = #expect(throws: TrackingError.self) {
            try ClassTracker.Configuration.load(file: file.path, environment: [:])
        }
        #expect(
            error
                == .unknownKey(key: "spike.flor", source: "\(file.path): line 2", suggestion: "spike.floor")
        )
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
}
