import SystemPackage
import TrackingSinks

/// A key of the configuration: its name, the values that it takes, the place of its value, and its purpose.
///
/// ``allCases`` is the table of all keys. Files, the environment, arguments, swift-configuration, error messages and the
/// tests of the documentation read it.
package struct ConfigurationKey: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// The name in a file: `file.maximum-bytes`.
    package let rawValue: String
    /// The words for the values that the key takes, as they follow "use" in an error message.
    package let allowed: String
    /// One sentence that says what the key does.
    package let purpose: String
    /// Some values that the key takes, the ends of its range among them.
    package let examples: [String]
    /// Whether a provider of swift-configuration may have the value as an array of texts.
    let takesList: Bool
    /// Whether a provider of swift-configuration may have the value as a number or a Boolean.
    let takesScalar: Bool
    private let read: @Sendable (ClassTracker.Configuration) -> String?
    private let write: @Sendable (String, inout ClassTracker.Configuration) -> Bool

    private init<Value>(
        _ name: String,
        _ format: ValueFormat<Value>,
        _ purpose: String,
        read get: @escaping @Sendable (ClassTracker.Configuration) -> Value?,
        write set: @escaping @Sendable (Value, inout ClassTracker.Configuration) -> Void
    ) {
        rawValue = name
        allowed = format.allowed
        self.purpose = purpose
        examples = format.examples
        takesList = format.types == .list
        takesScalar = format.types == .scalar
        self.read = { configuration in get(configuration).map(format.write) }
        self.write = { text, configuration in
            guard let value = format.parse(text) else { return false }
            set(value, &configuration)
            return true
        }
    }

    /// Makes a row of the table.
    init<Value>(
        _ name: String,
        _ path: any WritableKeyPath<ClassTracker.Configuration, Value> & Sendable,
        _ format: ValueFormat<Value>,
        _ purpose: String
    ) {
        self.init(name, format, purpose, read: { $0[keyPath: path] }, write: { $1[keyPath: path] = $0 })
    }

    /// Makes a row of the table whose value belongs to the rolling file, without which it does not apply.
    init<Value>(
        _ name: String,
        file path: any WritableKeyPath<RollingFileConfiguration, Value> & Sendable,
        _ format: ValueFormat<Value>,
        _ purpose: String
    ) {
        self.init(
            name,
            format,
            purpose,
            read: { $0.file?[keyPath: path] },
            write: { value, configuration in
                var file = configuration.file ?? RollingFileConfiguration(path: "")
                file[keyPath: path] = value
                configuration.file = file
            }
        )
    }

    /// Returns the key of a name, or `nil` where there is none.
    package init?(rawValue: String) {
        guard let key = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = key
    }

    package static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

    package func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }

    /// The name in the environment: `CLASS_TRACKER_FILE_MAXIMUM_BYTES`.
    package var environmentName: String {
        "CLASS_TRACKER_" + String(rawValue.map { $0 == "." || $0 == "-" ? "_" : $0 }).uppercased()
    }

    /// Returns the value in force, as it would be written, or `nil` where the key does not apply.
    package func value(in configuration: ClassTracker.Configuration) -> String? { self.read(configuration) }

    /// Sets the key.
    ///
    /// - Throws: ``TrackingError/invalidValue(key:value:source:allowed:)``.
    package func apply(
        _ text: String,
        to configuration: inout ClassTracker.Configuration,
        source: String
    ) throws(TrackingError) {
        guard self.write(text, &configuration) else {
            throw .invalidValue(key: rawValue, value: text, source: source, allowed: allowed)
        }
    }
}

extension ClassTracker.Configuration {
    /// Checks the ranges of all values.
    ///
    /// - Throws: ``TrackingError/invalidValue(key:value:source:allowed:)`` with the first key that is out of range.
    public func validate() throws(TrackingError) {
        for key in ConfigurationKey.allCases {
            guard let value = key.value(in: self) else { continue }
            var copy = self
            try key.apply(value, to: &copy, source: "configuration")
        }
    }
}
