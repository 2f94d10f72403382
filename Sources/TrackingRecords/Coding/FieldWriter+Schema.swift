/// Writes the fields that a record visits.
extension FieldWriter: FieldVisitor {
    package static var assigns: Bool { false }

    package mutating func integer(_ field: Field, _ value: inout Int?) { integer(field.key, value) }

    package mutating func real(_ field: Field, _ value: inout Double?) { seconds(field.key, value) }

    package mutating func flag(_ field: Field, _ value: inout Bool?) { flag(field.key, value) }

    package mutating func text(_ field: Field, _ value: inout String?) { text(field.key, value) }

    package mutating func choice<Value: FieldChoice>(_ field: Field, _ value: inout Value?) {
        text(field.key, value?.rawValue)
    }

    package mutating func rows<Row: ListRow>(_ field: Field, _ rows: inout [Row], _ fit: RowFit) -> Int {
        switch fit {
        case .first(let limit): first(field.key, rows, limit: limit)
        case .latest: latest(field.key, rows)
        }
    }

    package mutating func tree(_ field: Field, _ root: inout SizedObject?) -> Int { tree(field.key, root) }

    package mutating func sizes(
        _ field: Field,
        _ sizes: inout [ObjectSize],
        className: String
    ) -> (sizes: Int, referents: Int) {
        self.sizes(field.key, sizes, className: className)
    }

    package mutating func beginGroup(isKnown: Bool) -> Bool { isKnown }

    package mutating func endGroup() -> Bool { true }

    package mutating func inFilesOnly(_ visit: (inout FieldWriter) -> Void) {
        if style == .json { visit(&self) }
    }
}

/// Writes the items that a row visits.
extension FieldWriter: ItemVisitor {
    package mutating func integer(_ name: StaticString, _ value: inout Int?, isRequired: Bool) {
        guard let value = item(value) else { return }
        decimal(value)
    }

    package mutating func real(_ name: StaticString, _ value: inout Double?, isRequired: Bool) {
        guard let value = item(value) else { return }
        micros(value)
    }

    package mutating func text(_ name: StaticString, _ value: inout String?, isRequired: Bool) {
        guard let value = item(value) else { return }
        quoted(value)
    }
}
