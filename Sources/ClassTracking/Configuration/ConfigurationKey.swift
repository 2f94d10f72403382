import SystemPackage
import TrackingSinks

/// A key of the configuration: its name, valid values, property, and purpose.
///
/// ``allCases`` is the table of all keys. Files, the environment, arguments, swift-configuration, error messages and
/// the tests of the documentation read it.
package struct ConfigurationKey: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// The name in a file: `file.maximum-bytes`.
    package let rawValue: String
    /// The description of the valid values, as it follows "use" in an error message.
    package let allowed: String
    /// One sentence that describes the effect of the key.
    package let purpose: String
    /// Some valid values, including the ends of the range.
    package let examples: [String]
    /// Indicates whether a provider of swift-configuration may have the value as an array of texts.
    let takesList: Bool
    /// Indicates whether a provider of swift-configuration may have the value as a number or a Boolean.
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

    /// Creates a row of the table.
    init<Value>(
        _ name: String,
        _ path: any WritableKeyPath<ClassTracker.Configuration, Value> & Sendable,
        _ format: ValueFormat<Value>,
        _ purpose: String
    ) {
        self.init(name, format, purpose, read: { $0[keyPath: path] }, write: { $1[keyPath: path] = $0 })
    }

    /// Creates a row of the table for a value of the rolling file, which does not apply without a file.
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

    /// Returns the key with a name, or `nil` if there is none.
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

    /// Returns the current value as text, or `nil` if the key does not apply.
    package func value(in configuration: ClassTracker.Configuration) -> String? { self.read(configuration) }

    /// Sets the key.
    ///
    /// - Throws: ``TrackingError/Code/invalidConfiguration``.
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
    /// - Throws: ``TrackingError/Code/invalidConfiguration`` with the first key that is out of range.
    package func validate() throws(TrackingError) {
        for key in ConfigurationKey.allCases {
            guard let value = key.value(in: self) else { continue }
            var copy = self
            try key.apply(value, to: &copy, source: "configuration")
        }
    }
}
