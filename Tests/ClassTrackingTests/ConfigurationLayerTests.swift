import Testing

@testable import ClassTracking

extension ConfigurationKey {
    /// A value that is not the default, as the key itself writes it.
    var example: String {
        var defaults = ClassTracker.Configuration()
        defaults.file = RollingFileConfiguration(path: "")
        let value = value(in: defaults)
        return examples.first { $0 != value } ?? "no example but the default"
    }

    /// A value that the key does not take.
    var wrongExample: String { takesScalar ? "-1" : "" }
}

@Suite("Layers of a configuration")
struct ConfigurationLayerTests {
    private static let keys = ConfigurationKey.allCases

    /// A way to set keys.
    enum Layer: CaseIterable {
        case file
        case environment
        case arguments

        func loader(_ values: [(String, String)]) throws -> (ConfigurationLoader, TemporaryFile) {
            let file = try TemporaryFile(
                self == .file ? values.map { "\($0.0) = \($0.1)\n" }.joined() : "# nothing\n"
            )
            let variables = values.map { name, value in
                (ConfigurationKey(rawValue: name)?.environmentName ?? "CLASS_TRACKER_\(name)", value)
            }
            let loader = ConfigurationLoader(
                file: file.path,
                environment: self == .environment ? Dictionary(uniqueKeysWithValues: variables) : [:],
                arguments: self == .arguments ? values.map { .init(name: "--set", key: $0.0, value: $0.1) } : []
            )
            return (loader, file)
        }

        func source(of key: ConfigurationKey, line: Int, in file: TemporaryFile) -> String {
            switch self {
            case .file: "\(file.path):\(line)"
            case .environment: "environment \(key.environmentName)"
            case .arguments: "argument --set"
            }
        }
    }

    @Test("Every key is set by every layer, which says where", arguments: Layer.allCases)
    func everyKey(layer: Layer) throws {
        let (loader, file) = try layer.loader(Self.keys.map { ($0.rawValue, $0.example) })
        #expect(loader.errors == [])
        #expect(loader.unknownVariables == [])
        let defaults = ClassTracker.Configuration()
        for (index, key) in Self.keys.enumerated() {
            #expect(key.value(in: loader.configuration) == key.example, "\(key.rawValue)")
            #expect(key.value(in: defaults) != key.example, "\(key.rawValue) is the default")
            let source = layer.source(of: key, line: index + 1, in: file)
            #expect(loader.settings[key] == [.init(value: key.example, source: source)])
        }
        try loader.configuration.validate()
        #expect(ConfigurationKey(rawValue: "file.maximum-bytes")?.environmentName == "CLASS_TRACKER_FILE_MAXIMUM_BYTES")
    }

    @Test(
        "A wrong value of every key in every layer names the key, its source and what is allowed",
        arguments: Layer.allCases
    )
    func everyWrongValue(layer: Layer) throws {
        let (loader, file) = try layer.loader(Self.keys.map { ($0.rawValue, $0.wrongExample) })
        let expected = Self.keys.enumerated()
            .map { index, key in
                TrackingError.invalidValue(
                    key: key.rawValue,
                    value: key.wrongExample,
                    source: layer.source(of: key, line: index + 1, in: file),
                    allowed: key.allowed
                )
            }
        // All of them, for a check; whoever starts an agent gets the first.
        #expect(loader.errors == expected)
        #expect(loader.configuration == ClassTracker.Configuration())
        #expect(loader.settings.isEmpty)
    }

    @Test("Arguments override the environment, that the file, and that the defaults; all of them are told")
    func precedence() throws {
        let file = try TemporaryFile(
            "# a comment\n\n interval = 5s \nspike.floor=1MiB\nfile.keep = 2\nfile.path = a.jsonl\nspike.window = 9\n"
        )
        let environment = [
            "CLASS_TRACKER_CONFIG": file.path.string, "CLASS_TRACKER_INTERVAL": "2", "CLASS_TRACKER_FILE_KEEP": "3",
            "CLASS_TRACKER_SPIKE_WARM_UP": "7",
        ]
        let arguments: [ConfigurationLoader.Argument] = [
            .init(name: "--set", key: "interval", value: "1s"), .init(name: "--set", key: "interval", value: "500ms"),
            .init(name: "--file", key: "file.path", value: "b.jsonl"),
            .init(name: "--set", key: "spike.release", value: "0.25"),
        ]
        let loader = ConfigurationLoader(
            file: nil,
            environment: environment,
            arguments: arguments,
            defaultPath: "c.jsonl"
        )
        #expect(loader.errors == [])
        let configuration = loader.configuration
        #expect(configuration.interval == .milliseconds(500))
        #expect(configuration.spike.floor == 1 << 20)
        #expect(configuration.file?.keep == 3)
        #expect(configuration.file?.path == "b.jsonl")
        #expect(configuration.spike.window == 9)
        #expect(configuration.spike.warmUp == 7)
        #expect(configuration.spike.release == 0.25)
        #expect(configuration.queueCapacity == 1024)
        #expect(
            loader.settings[.interval] == [
                .init(value: "5s", source: "\(file.path):3"),
                .init(value: "2", source: "environment CLASS_TRACKER_INTERVAL"),
                .init(value: "1s", source: "argument --set"), .init(value: "500ms", source: "argument --set"),
            ]
        )
        #expect(
            try loader.settings[#require(ConfigurationKey(rawValue: "spike.floor"))] == [
                .init(value: "1MiB", source: "\(file.path):4")
            ]
        )
        #expect(try loader.settings[#require(ConfigurationKey(rawValue: "queue.capacity"))] == nil)
    }

    @Test("The file that is given goes before the one that the environment names")
    func givenFile() throws {
        let named = try TemporaryFile("interval = 5s\n")
        let given = try TemporaryFile("spike.floor = 1MiB\n")
        let loader = ConfigurationLoader(
            file: given.path,
            environment: ["CLASS_TRACKER_CONFIG": named.path.string]
        )
        #expect(loader.configuration.interval == .seconds(1))
        #expect(loader.configuration.spike.floor == 1 << 20)
    }

    @Test("A default path takes the sizes that any layer gives, and gives way to any path")
    func defaultPath() {
        let load = { ConfigurationLoader(file: nil, environment: $0, defaultPath: "d.jsonl").configuration.file }
        let sized = load(["CLASS_TRACKER_FILE_KEEP": "3"])
        #expect(sized?.path == "d.jsonl")
        #expect(sized?.keep == 3)
        #expect(load([:])?.path == "d.jsonl")
        #expect(load(["CLASS_TRACKER_FILE_PATH": "e.jsonl"])?.path == "e.jsonl")
    }

    @Test("Sizes of a file without a path write no file")
    func sizesWithoutPath() throws {
        #expect(try ClassTracker.Configuration.load(environment: ["CLASS_TRACKER_FILE_KEEP": "3"]).file == nil)
    }

    @Test("A wrong key of a file and of arguments is an error with the nearest right one")
    func wrongKeys() throws {
        let file = try TemporaryFile("interval = 1s\nspike.flor = 1MiB\n")
        let loader = ConfigurationLoader(
            file: file.path,
            environment: [:],
            arguments: [.init(name: "--set", key: "retention.size", value: "1")]
        )
        let errors: [TrackingError] = [
            .unknownKey(key: "spike.flor", source: "\(file.path):2", suggestion: "spike.floor"),
            .unknownKey(key: "retention.size", source: "argument --set", suggestion: "retention.sizes"),
        ]
        #expect(loader.errors == errors)
        #expect(throws: errors[0]) { try ClassTracker.Configuration.load(file: file.path, environment: [:]) }
    }

    @Test("A wrong variable is none, for it keeps no service from starting; those of the agent are known")
    func wrongVariables() throws {
        let environment = [
            "CLASS_TRACKER_INTERVALL": "1", "CLASS_TRACKER_CONFG": "x", "CLASS_TRACKER_EXE": "a",
            "CLASS_TRACKER_FOLLOW": "1",
            "CLASS_TRACKER_KEEP": "1", "CLASS_TRACKER_X": "1", "PATH": "/bin",
        ]
        let loader = ConfigurationLoader(file: nil, environment: environment)
        #expect(loader.errors == [])
        #expect(
            loader.unknownVariables == [
                .unknownKey(key: "CLASS_TRACKER_CONFG", source: "environment", suggestion: "CLASS_TRACKER_CONFIG"),
                .unknownKey(
                    key: "CLASS_TRACKER_INTERVALL",
                    source: "environment",
                    suggestion: "CLASS_TRACKER_INTERVAL"
                ),
                .unknownKey(key: "CLASS_TRACKER_KEEP", source: "environment", suggestion: "CLASS_TRACKER_FILE_KEEP"),
                .unknownKey(key: "CLASS_TRACKER_X", source: "environment", suggestion: nil),
            ]
        )
    }

    @Test(
        "Every key with a letter too many, too few or another one is recognized",
        arguments: ConfigurationKey.allCases
    )
    func misspellings(key: ConfigurationKey) {
        let name = key.rawValue
        // At its end a letter may make it another key.
        let middle = name.index(name.startIndex, offsetBy: name.count / 2)
        let before = name[..<middle]
        let behind = name[name.index(after: middle)...]
        for wrong in ["\(before)\(behind)", "\(before)q\(behind)", "\(before)q\(name[middle...])", "q\(name)"] {
            #expect(ConfigurationKey.nearest(to: wrong) == name, "\(wrong)")
        }
    }

    @Test(
        "Other spellings and missing parts are recognized, other words are not",
        arguments: [
            ("file.maximumBytes", "file.maximum-bytes"), ("FILE_MAXIMUM_BYTES", "file.maximum-bytes"),
            ("CLASS_TRACKER_FILE_KEEP", "file.keep"), ("resetPeak", "reset-peak"), ("warm-up", "spike.warm-up"),
            ("dead-objects", "retention.dead-objects"), ("floor", "spike.floor"), ("objects", nil), ("verbosity", nil),
            ("", nil), ("x", nil), (String(repeating: "interval", count: 1000), nil),
        ]
    )
    func spellings(name: String, key: String?) {
        #expect(ConfigurationKey.nearest(to: name) == key)
    }
}
