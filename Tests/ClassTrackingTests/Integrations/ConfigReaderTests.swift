#if Configuration
import Configuration
import Testing

@testable import ClassTracking

/// Providers and the values that they give in the scope of the tracker.
@Suite("Values of swift-configuration")
struct ConfigReaderTests {
    static func scoped(_ providers: any ConfigProvider...) -> ConfigReader {
        ConfigReader(providers: providers).scoped(to: "class-tracker")
    }

    static func memory(_ values: [String: ConfigContent], name: String = "test") -> InMemoryProvider {
        let pairs = values.map { name, content in
            (AbsoluteConfigKey(["class-tracker"]).appending(ConfigKey(name)), ConfigValue(content, isSecret: false))
        }
        return InMemoryProvider(name: name, values: Dictionary(uniqueKeysWithValues: pairs))
    }

    /// The reader of one provider in memory, as errors name it.
    private static let reader = "ConfigReader[keyPrefix: class-tracker, providers: InMemoryProvider[test]]"

    /// The error that a reader's values lead to.
    static func error(of config: ConfigReader) async -> TrackingError? {
        do throws(TrackingError) {
            _ = try await ClassTracker.Configuration(config: config)
            return nil
        } catch {
            return error
        }
    }

    static func environment(_ values: [String: String]) -> EnvironmentVariablesProvider {
        EnvironmentVariablesProvider(environmentVariables: values)
    }

    @Test("Every key is set by variables and by strings in memory")
    func everyKey() async throws {
        let keys = ConfigurationKey.allCases
        let variables = Dictionary(uniqueKeysWithValues: keys.map { ($0.environmentName, $0.example) })
        let values = Dictionary(uniqueKeysWithValues: keys.map { ($0.rawValue, ConfigContent.string($0.example)) })
        for provider: any ConfigProvider in [Self.environment(variables), Self.memory(values)] {
            let configuration = try await ClassTracker.Configuration(config: Self.scoped(provider))
            for key in keys {
                #expect(key.value(in: configuration) == key.example, "\(provider.providerName): \(key.rawValue)")
            }
        }
    }

    @Test("Numbers, Booleans and arrays of strings are taken as what they are")
    func types() async throws {
        let values: [String: ConfigContent] = [
            "interval": .double(0.25), "journal.interval": .int(2), "journal.enabled": .bool(false),
            "spike.floor": .int(8 << 20), "spike.release": .double(0.75), "file.path": "m.jsonl", "file.keep": 3,
            "track": .stringArray(["App.A trace", "App.*"]), "spike.limit": "none",
        ]
        let configuration = try await ClassTracker.Configuration(config: Self.scoped(Self.memory(values)))
        #expect(configuration.interval == .milliseconds(250))
        #expect(configuration.journal.interval == .seconds(2))
        #expect(!configuration.journal.enabled)
        #expect(configuration.spike.floor == 8 << 20)
        #expect(configuration.spike.release == 0.75)
        #expect(configuration.file?.path == "m.jsonl")
        #expect(configuration.file?.keep == 3)
        #expect(configuration.track.map(\.description) == ["App.A trace", "App.*"])
        let none = Self.scoped(Self.memory(["track": .stringArray([]), "file.keep": 3]))
        let untracked = try await ClassTracker.Configuration(config: none)
        #expect(untracked.track.isEmpty)
        #expect(untracked.file == nil)
    }

    @Test("Without a value there are the defaults; the first provider that has one counts, whatever its type")
    func precedence() async throws {
        let empty = try await ClassTracker.Configuration(config: Self.scoped(Self.memory([:])))
        for key in ConfigurationKey.allCases {
            #expect(key.value(in: empty) == key.value(in: ClassTracker.Configuration()), "\(key.rawValue)")
        }
        let config = Self.scoped(
            Self.memory(["spike.window": 9]),
            Self.environment(["CLASS_TRACKER_SPIKE_WINDOW": "12", "CLASS_TRACKER_INTERVAL": "2s"]),
            Self.memory(["spike.window": 15, "interval": 5, "file.keep": 2, "file.path": "m.jsonl"])
        )
        let configuration = try await ClassTracker.Configuration(config: config)
        #expect(configuration.spike.window == 9)
        #expect(configuration.interval == .seconds(2))
        #expect(configuration.file?.keep == 2)
    }

    @Test(
        "A wrong value of every key names the key, the providers and what is allowed",
        arguments: ConfigurationKey.allCases
    )
    func wrongValues(key: ConfigurationKey) async {
        let config = Self.scoped(
            Self.memory([:], name: "above"),
            Self.environment([key.environmentName: key.wrongExample]),
            Self.memory([key.rawValue: .string(key.example)], name: "below")
        )
        let expected = TrackingError.invalidValue(
            key: key.rawValue,
            value: key.wrongExample,
            source: "ConfigReader[keyPrefix: class-tracker, providers: InMemoryProvider[above], "
                + "EnvironmentVariablesProvider, InMemoryProvider[below]]",
            allowed: key.allowed
        )
        #expect(await Self.error(of: config) == expected)
    }

    @Test("A number that is not allowed is told like a text")
    func wrongNumber() async {
        let expected = TrackingError.invalidValue(
            key: "file.keep",
            value: "5000",
            source: Self.reader,
            allowed: "a number from 1 to 4096"
        )
        #expect(await Self.error(of: Self.scoped(Self.memory(["file.keep": 5000]))) == expected)
        let whole = ConfigReader(provider: InMemoryProvider(name: "whole", values: ["file.keep": 5000]))
        #expect(
            await Self.error(of: whole)?.description
                .hasPrefix("ConfigReader[providers: InMemoryProvider[whole]]: file.keep: ") == true
        )
    }

    @Test(
        "A value of a type that cannot be one is not passed over",
        arguments: [
            ("interval", ConfigContent.intArray([1])), ("interval", .bytes([1])), ("file.path", .int(1)),
            ("track", .bool(true)), ("journal.identifier", .stringArray(["a", "b"])), ("track", .intArray([1])),
        ]
    )
    func wrongTypes(key: String, content: ConfigContent) async {
        let error = await Self.error(of: Self.scoped(Self.memory([key: content])))
        guard case .unreadableValue(key, Self.reader, _, _) = error?.problem else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(
        "A key in another spelling is found",
        arguments: [
            ("file.maximumBytes", "file.maximum-bytes"), ("file.maximum_bytes", "file.maximum-bytes"),
            ("resetPeak", "reset-peak"), ("retention.deadObjects", "retention.dead-objects"),
        ]
    )
    func spellings(written: String, key: String) async {
        for content: ConfigContent in ["1MiB", 5] {
            let error = await Self.error(of: Self.scoped(Self.memory([written: content])))
            #expect(
                error
                    == .unknownKey(
                        key: written,
                        source: Self.reader,
                        suggestion: key
                    )
            )
        }
    }

    #if PackageTests
    @Test("Files of JSON and YAML, and arguments, are read as they are written")
    func files() async throws {
        let json = try TemporaryFile(
            """
            {"class-tracker": {"interval": 0.5, "reset-peak": false, "journal": {"interval": 30, "enabled": true},
              "file": {"path": "m.jsonl", "maximum-bytes": 1048576, "maximum-age": null},
              "spike": {"floor": "8MiB", "explain": true}, "track": ["App.A trace", "App.B"]}}
            """
        )
        let yaml = try TemporaryFile(
            """
            class-tracker:
              interval: 0.5
              reset-peak: no
              journal: {interval: 30, enabled: true}
              file: {path: m.jsonl, maximum-bytes: 1048576}
              spike: {floor: 8MiB, explain: true}
              track: [App.A trace, App.B]

            """
        )
        let arguments = [
            "server", "--class-tracker-interval", "500ms", "--class-tracker-reset-peak=no",
            "--class-tracker-journal-interval", "30",
            "--class-tracker-file-path", "m.jsonl", "--class-tracker-file-maximum-bytes", "1MiB",
            "--class-tracker-spike-floor", "8MiB", "--class-tracker-spike-explain",
            "--class-tracker-track", "App.A trace, App.B",
        ]
        let providers: [any ConfigProvider] = [
            try await FileProvider<JSONSnapshot>(filePath: json.path),
            try await FileProvider<YAMLSnapshot>(filePath: yaml.path),
            CommandLineArgumentsProvider(arguments: arguments),
        ]
        var expected = ClassTracker.Configuration()
        expected.interval = .milliseconds(500)
        expected.resetPeak = false
        expected.journal.interval = .seconds(30)
        expected.file = RollingFileConfiguration(path: "m.jsonl")
        expected.file?.maximumBytes = 1 << 20
        expected.spike.floor = 8 << 20
        expected.spike.explain = true
        expected.track = [.init(pattern: "App.A"), .init(pattern: "App.B")]
        expected.track[0].trace = true
        for provider in providers {
            #expect(
                try await ClassTracker.Configuration(config: Self.scoped(provider)) == expected,
                "\(provider.providerName)"
            )
        }
    }

    @Test("What is wrong in files and arguments names them")
    func wrongFiles() async throws {
        let json = try TemporaryFile(#"{"class-tracker": {"file": {"keep": 0}}}"#)
        let provider = try await FileProvider<JSONSnapshot>(filePath: json.path)
        #expect(
            await Self.error(of: Self.scoped(provider))?.description
                == "ConfigReader[keyPrefix: class-tracker, providers: FileProvider<JSONSnapshot>]: file.keep: \"0\" is not allowed: "
                + "use a number from 1 to 4096."
        )
        let misspelt = try TemporaryFile(#"{"class-tracker": {"file": {"maximumBytes": 65536}}}"#)
        let other = try await FileProvider<JSONSnapshot>(filePath: misspelt.path)
        #expect(
            await Self.error(of: Self.scoped(other))?.description
                == "ConfigReader[keyPrefix: class-tracker, providers: FileProvider<JSONSnapshot>]: "
                + "there is no key \"file.maximumBytes\"; "
                + "did you mean \"file.maximum-bytes\"?"
        )
        let arguments = CommandLineArgumentsProvider(arguments: ["server", "--class-tracker-interval", "soon"])
        #expect(
            await Self.error(of: Self.scoped(arguments))?.description
                == "ConfigReader[keyPrefix: class-tracker, providers: CommandLineArgumentsProvider]: interval: \"soon\" is not allowed: "
                + "use 1 ms to 1 day, such as 500ms, 1s, 5min."
        )
    }
    #endif
}
#endif
