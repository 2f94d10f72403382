package import TrackingRecords

/// Decodes records from the lines of a stream.
package struct RecordDecoder {
    /// The result of decoding a line.
    package enum Outcome: Equatable {
        case record(Record)
        /// A kind of record that a newer version writes.
        case unknown(kind: String)
        case damaged(reason: String)
    }

    private var scanner = JSONFieldScanner()
    private var names = NameCache()
    /// The line that is being decoded.
    private var line = UnsafeRawBufferPointer(start: nil, count: 0)
    /// Indicates whether all required fields were present and all lists were valid so far.
    private var isComplete = true

    package init() {}

    /// Decodes one line, without its newline.
    package mutating func decode(_ line: UnsafeRawBufferPointer) -> Outcome {
        do {
            try scanner.scan(line)
        } catch {
            return .damaged(reason: "\(error.reason) at byte \(error.offset + 1)")
        }
        self.line = line
        guard let name = scanner.text("record", in: line) else { return .damaged(reason: "it has no key \"record\"") }
        let sequence = scanner.integer("seq", in: line) ?? 0
        isComplete = true
        return Outcome(kind: name, sequence: sequence) { kind in
            let payload = Record.Payload(kind, filledBy: &self)
            return (payload, isComplete)
        }
    }
}

extension RecordDecoder.Outcome {
    /// Creates a record of a kind given by name.
    ///
    /// - Parameters:
    ///   - name: The name of the kind.
    ///   - sequence: The number of the record.
    ///   - payload: Creates the payload, and returns whether all required fields were present.
    init(kind name: String, sequence: Int, payload: (Record.Kind) -> (Record.Payload, isComplete: Bool)) {
        guard let kind = Record.Kind(rawValue: name) else {
            self = .unknown(kind: name)
            return
        }
        let (payload, isComplete) = payload(kind)
        // A newer format may have renamed other fields; the reader rejects it by its number.
        var isNewer = false
        if case .header(let header) = payload { isNewer = header.format > Header.currentFormat }
        if isComplete || isNewer {
            self = .record(Record(sequence: sequence, payload))
        } else {
            self = .damaged(reason: "a \(name) lacks a required key or has a value of the wrong type")
        }
    }
}

extension RecordDecoder: FieldVisitor {
    package mutating func integer(_ field: Field, _ value: inout Int?) {
        value = wants(field) ? scanner.integer(field.key, in: line) : nil
        note(field, value == nil)
    }

    package mutating func real(_ field: Field, _ value: inout Double?) {
        value = wants(field) ? scanner.double(field.key, in: line) : nil
        note(field, value == nil)
    }

    package mutating func flag(_ field: Field, _ value: inout Bool?) {
        value = wants(field) ? scanner.flag(field.key, in: line) : nil
        note(field, value == nil)
    }

    package mutating func text(_ field: Field, _ value: inout String?) {
        value = wants(field) ? text(field.key) : nil
        note(field, value == nil)
    }

    package mutating func choice<Value: FieldChoice>(_ field: Field, _ value: inout Value?) {
        value = wants(field) ? text(field.key).flatMap(Value.init(rawValue:)) : nil
        note(field, value == nil)
    }

    package mutating func rows<Row: ListRow>(_ field: Field, _ rows: inout [Row], _ fit: RowFit) -> Int {
        list(field) { $0.rows(&rows) }
        return 0
    }

    package mutating func tree(_ field: Field, _ root: inout SizedObject?) -> Int {
        list(field) { $0.tree(&root) }
        return 0
    }

    package mutating func sizes(
        _ field: Field,
        _ sizes: inout [ObjectSize],
        className: String
    ) -> (sizes: Int, referents: Int) {
        list(field) { $0.sizes(&sizes, className: className) }
        return (0, 0)
    }

    package mutating func beginGroup(isKnown: Bool) -> Bool { isComplete }

    package mutating func endGroup() -> Bool {
        defer { isComplete = true }
        return isComplete
    }

    /// Indicates whether a field needs to be found: a line without a required field is damaged anyway.
    private func wants(_ field: Field) -> Bool { isComplete && !field.isDerived }

    private mutating func note(_ field: Field, _ isMissing: Bool) {
        if isMissing, field.isRequired { isComplete = false }
    }

    private mutating func text(_ key: StaticString) -> String? {
        guard let bytes = scanner.plainText(key, in: line) else { return scanner.text(key, in: line) }
        return names.text(bytes)
    }

    /// Reads a list; an invalid one damages the record.
    private mutating func list(_ field: Field, _ parse: (inout ListItems) -> Bool) {
        guard wants(field), let list = scanner.list(field.key, in: line) else { return }
        var items = ListItems(list, names: &names)
        if !parse(&items) { isComplete = false }
        items.giveBack(&names)
    }
}
