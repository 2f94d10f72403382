import TrackingRecords

/// Converts the fields of one journal entry back into the record from which they were made.
///
/// Every key of a record is a field with our prefix and in capitals. The record's own schema gives the type of each, so
/// that a name that looks like a number stays a name. Any process may send such fields.
package struct JournalFields {
    package static let prefix = "CLASS_TRACKER_"

    private var fields: [String: String] = [:]

    package init() {}

    /// Adds a field.
    ///
    /// - Parameter field: The text `NAME=value`.
    package mutating func add(_ field: String) {
        guard let equals = field.firstIndex(of: "=") else { return }
        let name = String(field[..<equals])
        if fields[name] == nil { fields[name] = String(field[field.index(after: equals)...]) }
    }

    package subscript(name: String) -> String? { fields[name] }

    /// Returns the value of one of our fields.
    package func value(of key: some CustomStringConvertible) -> String? {
        fields[Self.prefix + key.description.uppercased()]
    }

    /// Returns the record, if the fields are one.
    package func decoded() -> RecordDecoder.Outcome {
        guard let name = value(of: "record") else { return .damaged(reason: "it has no key \"record\"") }
        // `seq` is the journal's own number of the entry.
        let sequence = value(of: "record_seq").flatMap(JSONText.integer) ?? 0
        return RecordDecoder.Outcome(kind: name, sequence: sequence) { kind in
            var decoder = JournalDecoder(fields: self)
            let payload = Record.Payload(kind, filledBy: &decoder)
            return (payload, decoder.isComplete)
        }
    }
}

/// Reads the fields that a record visits from those of a journal entry.
private struct JournalDecoder: FieldVisitor {
    let fields: JournalFields
    /// Indicates whether all required fields were present and all lists were valid so far.
    private(set) var isComplete = true

    init(fields: JournalFields) { self.fields = fields }

    mutating func integer(_ field: Field, _ value: inout Int?) { take(field, &value, JSONText.integer) }

    mutating func real(_ field: Field, _ value: inout Double?) { take(field, &value, JSONText.real) }

    mutating func flag(_ field: Field, _ value: inout Bool?) { take(field, &value, Bool.init) }

    mutating func text(_ field: Field, _ value: inout String?) { take(field, &value) { $0 } }

    mutating func choice<Value: FieldChoice>(_ field: Field, _ value: inout Value?) {
        take(field, &value, Value.init(rawValue:))
    }

    mutating func rows<Row: ListRow>(_ field: Field, _ rows: inout [Row], _ fit: RowFit) -> Int {
        guard var text = fields.value(of: field.key) else { return 0 }
        if case .latest = fit {
            guard let list = Self.list(ofCompact: text) else { return 0 }
            text = list
        }
        guard JSONFieldScanner.isList(text) else { return 0 }
        let isSound = text.withUTF8 { bytes in
            var names = NameCache()
            var items = ListItems(JSONList(UnsafeRawBufferPointer(bytes)), names: &names)
            return items.rows(&rows)
        }
        if !isSound { isComplete = false }
        return 0
    }

    mutating func tree(_ field: Field, _ root: inout SizedObject?) -> Int { 0 }

    mutating func sizes(
        _ field: Field,
        _ sizes: inout [ObjectSize],
        className: String
    ) -> (sizes: Int, referents: Int) { (0, 0) }

    mutating func beginGroup(isKnown: Bool) -> Bool { isComplete }

    mutating func endGroup() -> Bool {
        defer { isComplete = true }
        return isComplete
    }

    mutating func inFilesOnly(_ visit: (inout JournalDecoder) -> Void) {}

    private mutating func take<Value>(_ field: Field, _ value: inout Value?, _ convert: (String) -> Value?) {
        value = field.isDerived ? nil : fields.value(of: field.key).flatMap(convert)
        if value == nil, field.isRequired { isComplete = false }
    }

    /// Returns the JSON of `1:2:3 4:5:6`; `nil` for any other text.
    private static func list(ofCompact text: String) -> String? {
        let rows = text.split(separator: " ").map { $0.split(separator: ":").map(String.init) }
        guard rows.allSatisfy({ $0.allSatisfy(JSONText.isNumber) }) else { return nil }
        return "[\(rows.map { "[\($0.joined(separator: ","))]" }.joined(separator: ","))]"
    }
}
