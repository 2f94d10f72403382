import SystemPackage
import TrackingRecords

/// The types in which a provider of swift-configuration may have the value, beside text.
enum ProviderTypes: Sendable {
    /// No other type.
    case text
    /// An array of texts.
    case list
    /// A number or a Boolean.
    case scalar
}

/// The values of a key: their text form, the valid range, and its description.
///
/// The check and the description come from one range, so that an error never suggests a value that the check rejects.
struct ValueFormat<Value>: Sendable {
    /// Returns the value of a text, or `nil` if it is not valid.
    let parse: @Sendable (String) -> Value?
    /// Returns the text of a value that ``parse`` accepts.
    let write: @Sendable (Value) -> String
    /// The description of the valid values, as it follows "use" in an error message.
    let allowed: String
    /// Some valid texts, including the ends of the range.
    let examples: [String]
    var types = ProviderTypes.scalar
}

extension ValueFormat {
    /// Returns the values of another format, and "none".
    static func orNone<Wrapped>(_ format: ValueFormat<Wrapped>) -> Self where Value == Wrapped? {
        Self(
            parse: { text in text == "none" ? .some(nil) : format.parse(text).map { .some($0) } },
            write: { value in value.map(format.write) ?? "none" },
            allowed: "\(format.allowed), or none",
            examples: format.examples + ["none"],
            types: format.types
        )
    }
}

/// Two text forms of a value.
private struct ValueWriter<Value> {
    /// Returns the text of a value that is parsed.
    let plain: @Sendable (Value) -> String
    /// Returns the text of an end of the range for a sentence.
    let prose: @Sendable (Value) -> String
}

extension ValueFormat where Value: Comparable & Sendable {
    fileprivate init(
        _ range: ClosedRange<Value>,
        parse: @escaping @Sendable (String) -> Value?,
        _ writer: ValueWriter<Value>,
        article: String = "",
        zero: String? = nil,
        such examples: String?
    ) {
        let lower = writer.prose(range.lowerBound) + (zero.map { " (\($0))" } ?? "")
        self.init(
            parse: { text in parse(text).flatMap { range.contains($0) ? $0 : nil } },
            write: writer.plain,
            allowed: "\(article)\(lower) to \(writer.prose(range.upperBound))"
                + (examples.map { ", such as \($0)" } ?? ""),
            examples: [writer.plain(range.lowerBound), writer.plain(range.upperBound)]
        )
    }
}

extension ValueFormat<Duration> {
    /// Durations in a range.
    ///
    /// - Parameters:
    ///   - range: The valid durations.
    ///   - zero: The meaning of 0, if it is special.
    ///   - examples: Some durations to show in an error message.
    /// - Returns: The format.
    static func duration(_ range: ClosedRange<Duration>, zero: String? = nil, such examples: String? = nil) -> Self {
        let writer = ValueWriter<Duration>(plain: ValueText.duration, prose: ValueText.durationInProse)
        return Self(range, parse: ValueText.duration, writer, zero: zero, such: examples)
    }
}

extension ValueFormat<Double> {
    /// Numbers in a range.
    static func number(_ range: ClosedRange<Double>, such examples: String? = nil) -> Self {
        let writer = ValueWriter<Double>(
            plain: { "\($0)" },
            prose: { value in Int(exactly: value).map { "\($0)" } ?? "\(value)" }
        )
        return Self(range, parse: { Double($0) }, writer, article: "a number from ", such: examples)
    }

    /// Durations in a range that the configuration stores as seconds.
    static func seconds(_ range: ClosedRange<Duration>, such examples: String? = nil) -> Self {
        let duration = ValueFormat<Duration>.duration(range, such: examples)
        return Self(
            parse: { text in duration.parse(text)?.inSeconds },
            write: { seconds in
                // A duration cannot hold every number that code may have set, such as infinity.
                guard seconds.magnitude < 1e9 else { return "\(seconds)" }
                // Rounded, because 1.4 s is slightly less in a `Double`.
                return ValueText.duration(.nanoseconds(Int((seconds * 1e9).rounded())))
            },
            allowed: duration.allowed,
            examples: duration.examples
        )
    }
}

extension ValueFormat<Int> {
    /// Whole numbers in a range.
    static func count(_ range: ClosedRange<Int>) -> Self {
        let writer = ValueWriter<Int>(plain: { "\($0)" }, prose: { "\($0)" })
        return Self(range, parse: { Int($0) }, writer, article: "a number from ", such: nil)
    }

    /// Sizes in a range, in bytes.
    static func bytes(_ range: ClosedRange<Int>, such examples: String? = nil) -> Self {
        let writer = ValueWriter<Int>(plain: ValueText.bytes, prose: ValueText.bytes)
        return Self(range, parse: ValueText.bytes, writer, such: examples)
    }
}

extension ValueFormat<Bool> {
    /// A Boolean.
    static var flag: Self {
        Self(
            parse: ValueText.flag,
            write: { "\($0)" },
            allowed: "true or false",
            examples: ["true", "false"]
        )
    }
}

extension ValueFormat<String> {
    /// Text of 1 to `limit` characters, without characters that control a terminal.
    static func printable(limit: Int) -> Self {
        Self(
            parse: { text in
                let isPrintable = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
                return isPrintable && !text.isEmpty && text.count <= limit ? text : nil
            },
            write: { $0 },
            allowed: "1 to \(limit) printable characters",
            examples: ["x", String(repeating: "x", count: limit)],
            types: .text
        )
    }
}

extension ValueFormat<FilePath> {
    /// The path of a file, which must not be one of a directory.
    static var file: Self {
        Self(
            parse: { text in
                let path = FilePath(text)
                return path.lastComponent == nil || text.hasSuffix("/") ? nil : path
            },
            write: \.string,
            allowed: "the path of a file",
            examples: ["/tmp/x.jsonl"],
            types: .text
        )
    }
}

extension ValueFormat where Value: CaseIterable & RawRepresentable<String> & SendableMetatype {
    /// One of the cases, by its raw value.
    static var choice: Self {
        let names = Value.allCases.map(\.rawValue)
        return Self(
            parse: { Value(rawValue: $0) },
            write: \.rawValue,
            allowed: names.joined(separator: " or "),
            examples: names
        )
    }
}

extension ValueFormat<[ClassTracker.Configuration.TrackedPattern]> {
    /// Patterns with their parameters.
    static var patterns: Self {
        typealias Pattern = ClassTracker.Configuration.TrackedPattern
        return Self(
            parse: { Pattern.list($0) },
            write: { patterns in patterns.isEmpty ? "none" : patterns.map(\.description).joined(separator: ", ") },
            allowed: "none, or class names and patterns with commas in between, each with name=…, "
                + "resolution-level=0 to \(TrackingRule.resolutionLevels.upperBound), keep or trace behind it, "
                + "such as MyApp.Connection trace, MyApp.Cache*",
            examples: ["none", "App.A name=a resolution-level=2 keep trace, App.*"],
            types: .list
        )
    }
}
