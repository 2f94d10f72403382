package import TrackingRecords

/// Fills every field of a record, each with another value: a round trip of such a record misses none.
package struct RecordFixture: FieldVisitor {
    /// The keys of the fields that were filled.
    package private(set) var keys: [String] = []
    private let isJournalled: Bool
    private var number = 1000

    private init(isJournalled: Bool) { self.isJournalled = isJournalled }

    /// Makes a record of a kind.
    ///
    /// - Parameters:
    ///   - kind: The kind.
    ///   - isJournalled: Whether fields that only files have are left alone.
    /// - Returns: The record, and the keys that its line has.
    package static func filled(_ kind: Record.Kind, isJournalled: Bool = false) -> (record: Record, keys: [String]) {
        var fixture = RecordFixture(isJournalled: isJournalled)
        var payload = Record.Payload(kind, filledBy: &fixture)
        if case .header(var header) = payload {
            // With another one, readers take whatever else the line has.
            header.format = Header.currentFormat
            payload = .header(header)
        }
        return (Record(sequence: 7, payload), fixture.keys)
    }

    package mutating func integer(_ field: Field, _ value: inout Int?) { value = nextNumber(field) }

    package mutating func real(_ field: Field, _ value: inout Double?) { value = Double(nextNumber(field)) + 0.5 }

    package mutating func flag(_ field: Field, _ value: inout Bool?) {
        _ = nextNumber(field)
        value = true
    }

    package mutating func text(_ field: Field, _ value: inout String?) { value = "\"é\" \(nextNumber(field))" }

    package mutating func choice<Value: FieldChoice>(_ field: Field, _ value: inout Value?) {
        _ = nextNumber(field)
        value = Array(Value.allCases).last { $0.rawValue != value?.rawValue }
    }

    package mutating func rows<Row: ListRow>(_ field: Field, _ rows: inout [Row], _ fit: RowFit) -> Int {
        rows = [true, false]
            .map { fillsAll in
                var items = ItemFixture(number: nextNumber(field), fillsAll: fillsAll)
                var row = Row.blank
                row.visitItems(&items)
                number = items.number
                return row
            }
        return 0
    }

    package mutating func tree(_ field: Field, _ root: inout SizedObject?) -> Int {
        root = object("root", referents: field)
        return 0
    }

    package mutating func sizes(
        _ field: Field,
        _ sizes: inout [ObjectSize],
        className: String
    ) -> (sizes: Int, referents: Int) {
        sizes = [
            ObjectSize(timestamp: 0.25, size: object(className, referents: field)),
            ObjectSize(timestamp: 1.25, size: SizedObject(name: "Other", size: nextNumber(field), flat: 1)),
        ]
        return (0, 0)
    }

    private mutating func object(_ name: String, referents field: Field) -> SizedObject {
        let inner = SizedObject(name: "[0]", size: nextNumber(field), flat: nextNumber(field))
        let outer = SizedObject(name: "a: B", size: nextNumber(field), flat: nextNumber(field), referents: [inner])
        let last = SizedObject(name: "c: D", size: nextNumber(field), flat: 0)
        return SizedObject(name: name, size: nextNumber(field), flat: 16, referents: [outer, last])
    }

    package mutating func beginGroup(isKnown: Bool) -> Bool { true }

    package mutating func endGroup() -> Bool { true }

    package mutating func inFilesOnly(_ visit: (inout RecordFixture) -> Void) {
        if !isJournalled { visit(&self) }
    }

    private mutating func nextNumber(_ field: Field) -> Int {
        if keys.last != field.key.description { keys.append(field.key.description) }
        number += 1
        return number
    }
}

private struct ItemFixture: ItemVisitor {
    var number: Int
    let fillsAll: Bool

    mutating func integer(_ name: StaticString, _ value: inout Int?, isRequired: Bool) {
        value = next(isRequired)
    }

    mutating func real(_ name: StaticString, _ value: inout Double?, isRequired: Bool) {
        value = next(isRequired).map { Double($0) + 0.25 }
    }

    mutating func text(_ name: StaticString, _ value: inout String?, isRequired: Bool) {
        value = next(isRequired).map { "item \($0)" }
    }

    private mutating func next(_ isRequired: Bool) -> Int? {
        number += 1
        return isRequired || fillsAll ? number : nil
    }
}
