import Testing
import TrackingTestSupport

@testable import ClassTracking

/// The table of keys, against the texts that people read.
@Suite("Documents of the configuration")
struct ConfigurationDocumentTests {
    /// A key as a document describes it.
    private struct Entry {
        var name: String
        var value: String
        /// The text before the key, or the columns behind its default.
        var words: String
    }

    /// The keys of `Config/class-tracker.conf`, each with its comment.
    private static func shippedFile() throws -> [Entry] {
        var entries: [Entry] = []
        var comment: [Substring] = []
        for line in try Repository.text(of: "Config/class-tracker.conf")
            .split(separator: "\n", omittingEmptySubsequences: false)
        {
            guard line.hasPrefix("#") else {
                comment = []
                continue
            }
            let parts = line.dropFirst().split(separator: " = ", maxSplits: 1)
            if parts.count == 2, line.dropFirst().first?.isLetter == true {
                let words = comment.joined(separator: " ")
                entries.append(Entry(name: String(parts[0]), value: String(parts[1]), words: words))
                comment = []
            } else {
                comment.append(line.dropFirst().drop { $0 == " " })
            }
        }
        return entries
    }

    /// The keys of the guide's table.
    private static func guide() throws -> [Entry] {
        let path = "Sources/ClassTracking/Documentation.docc/Guides/ConfiguringTheTracker.md"
        let lines = try Repository.text(of: path).split(separator: "\n")
        let start = try #require(lines.firstIndex(of: "| Key | Default | Allowed | Purpose |"))
        return lines[(start + 2)...].prefix { $0.hasPrefix("| ") }
            .map { line in
                let columns = line.dropFirst(2).dropLast(2).split(separator: " | ", maxSplits: 2).map(String.init)
                return Entry(
                    name: columns[0].filter { $0 != "`" },
                    value: columns.count > 1 ? columns[1] : "",
                    words: columns.count > 2 ? columns[2] : ""
                )
            }
    }

    /// The row of the guide that a key asks for.
    private static func row(of key: ConfigurationKey) -> String {
        "| `\(key.rawValue)` | \(defaultValue(of: key) ?? "–") | \(key.allowed) | \(key.purpose) |"
    }

    /// Defaults with a rolling file, so that the keys of the file have a value.
    private static var defaults: ClassTracker.Configuration {
        var configuration = ClassTracker.Configuration()
        configuration.file = RollingFileConfiguration(path: "")
        return configuration
    }

    /// The default of a key; `nil` for the path of the file, which has none.
    private static func defaultValue(of key: ConfigurationKey) -> String? {
        key == .filePath ? nil : key.value(in: defaults)
    }

    private static func expectDefault(_ entry: Entry, of key: ConfigurationKey) throws {
        guard defaultValue(of: key) != nil else { return }
        var configuration = defaults
        try key.apply(entry.value, to: &configuration, source: "the document")
        #expect(configuration == defaults, "\(key.rawValue): \(entry.value) is not the default")
    }

    @Test("The shipped file has every key with its default and what is allowed, in the order of the table")
    func everyKeyOfTheFile() throws {
        let entries = try Self.shippedFile()
        #expect(entries.map(\.name) == ConfigurationKey.allCases.map(\.rawValue))
        for (entry, key) in zip(entries, ConfigurationKey.allCases) {
            #expect(entry.words.hasSuffix(" Allowed: \(key.allowed)."), "\(key.rawValue): \(entry.words)")
            try Self.expectDefault(entry, of: key)
        }
    }

    @Test("Every line of the shipped file is read as its key says once it is no comment any more")
    func uncommentedFile() throws {
        let lines = try Self.shippedFile().map { "\($0.name) = \($0.value)\n" }.joined()
        let file = try TemporaryFile(lines)
        let loaded = try ClassTracker.Configuration.load(file: file.path, environment: [:])
        var expected = ClassTracker.Configuration()
        expected.file = RollingFileConfiguration(path: "/var/log/myservice/memory.jsonl")
        #expect(loaded == expected)
    }

    @Test(
        "The guide has a row for every key with its default, what is allowed and its purpose, in the order of the table"
    )
    func everyKeyOfTheGuide() throws {
        let entries = try Self.guide()
        #expect(entries.map(\.name) == ConfigurationKey.allCases.map(\.rawValue))
        for (entry, key) in zip(entries, ConfigurationKey.allCases) {
            #expect(entry.words == "\(key.allowed) | \(key.purpose)", "the guide needs: \(Self.row(of: key))")
            try Self.expectDefault(entry, of: key)
        }
    }

    @Test("Every purpose is one sentence, and no two keys have the same name, variable or purpose")
    func rows() {
        let keys = ConfigurationKey.allCases
        #expect(keys.count > 30)
        for key in keys {
            #expect(key.purpose.hasSuffix("."), "\(key.rawValue)")
            #expect(!key.purpose.dropLast().contains(". "), "\(key.rawValue)")
            #expect(ConfigurationKey(rawValue: key.rawValue) == key)
        }
        #expect(Set(keys).count == keys.count)
        #expect(Set(keys.map(\.environmentName)).count == keys.count)
        #expect(Set(keys.map(\.purpose)).count == keys.count)
    }

    @Test("Keys that code refers to by name are rows of the table")
    func namedKeys() {
        let named: [ConfigurationKey] = [
            .interval, .track, .journalEnabled, .journalInterval, .filePath, .spikeWarmUp, .spikeLimitFraction,
        ]
        for key in named { #expect(ConfigurationKey.allCases.contains(key), "\(key.rawValue)") }
    }

    @Test(
        "Every value that a key names as allowed is taken and written as it was",
        arguments: ConfigurationKey.allCases
    )
    func examples(key: ConfigurationKey) throws {
        #expect(!key.examples.isEmpty)
        for example in key.examples {
            var configuration = ClassTracker.Configuration()
            try key.apply(example, to: &configuration, source: "test")
            #expect(key.value(in: configuration) == example)
        }
    }
}
