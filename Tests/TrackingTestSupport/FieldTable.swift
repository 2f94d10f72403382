package import TrackingRecords

/// The fields of one kind of record, as its documentation has them.
package struct FieldTable: FieldVisitor {
    /// One field.
    package struct Row: Sendable {
        package var key: String
        /// What its value is.
        package var value: String
        package var presence: Field.Presence
        /// Whether it belongs to fields that a record has all or none of.
        package var isGrouped: Bool
        package var about: String

        /// A row of a table in Markdown.
        package var markdown: String {
            let isAlways = (presence == .required || presence == .always) && !isGrouped
            return "| `\(key)` | \(value) | \(isAlways ? "always" : "where it applies") | \(about) |"
        }
    }

    package private(set) var rows: [Row] = []
    private var isInGroup = false

    /// Collects the fields of a kind.
    package init(of kind: Record.Kind) {
        _ = Record.Payload(kind, filledBy: &self)
    }

    /// The table in Markdown.
    package var markdown: [String] {
        ["| key | value | present | meaning |", "|---|---|---|---|"] + rows.map(\.markdown)
    }

    package mutating func integer(_ field: Field, _ value: inout Int?) { add(field, "integer") }

    package mutating func real(_ field: Field, _ value: inout Double?) { add(field, "number, six decimals") }

    package mutating func flag(_ field: Field, _ value: inout Bool?) { add(field, "`true` or `false`") }

    package mutating func text(_ field: Field, _ value: inout String?) { add(field, "text") }

    package mutating func choice<Value: FieldChoice>(_ field: Field, _ value: inout Value?) {
        add(field, Value.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", "))
    }

    package mutating func rows<Row: ListRow>(_ field: Field, _ rows: inout [Row], _ fit: RowFit) -> Int {
        var items = ItemNames()
        var row = Row.blank
        row.visitItems(&items)
        add(field, "list of `[\(items.names.joined(separator: ", "))]`")
        return 0
    }

    package mutating func tree(_ field: Field, _ root: inout SizedObject?) -> Int {
        add(field, "`[name, bytes, own bytes, referents]`")
        return 0
    }

    package mutating func sizes(
        _ field: Field,
        _ sizes: inout [ObjectSize],
        className: String
    ) -> (sizes: Int, referents: Int) {
        add(field, "list of `[t_seconds, bytes, own bytes, referents, class]`")
        return (0, 0)
    }

    package mutating func kernelFigure(_ field: Field, line: StaticString, _ value: inout Int?) {
        add(field, "integer, `\(line)`")
    }

    package mutating func beginGroup(isKnown: Bool) -> Bool {
        isInGroup = true
        return true
    }

    package mutating func endGroup() -> Bool {
        isInGroup = false
        return true
    }

    private mutating func add(_ field: Field, _ value: String) {
        rows.append(
            Row(
                key: field.key.description,
                value: value,
                presence: field.presence,
                isGrouped: isInGroup,
                about: field.about.description
            )
        )
    }
}

private struct ItemNames: ItemVisitor {
    var names: [String] = []

    mutating func integer(_ name: StaticString, _ value: inout Int?, isRequired: Bool) { add(name, isRequired) }
    mutating func real(_ name: StaticString, _ value: inout Double?, isRequired: Bool) { add(name, isRequired) }
    mutating func text(_ name: StaticString, _ value: inout String?, isRequired: Bool) { add(name, isRequired) }

    private mutating func add(_ name: StaticString, _ isRequired: Bool) {
        names.append(isRequired ? "\(name)" : "\(name) or null")
    }
}
