/// One field of a record: its key, its presence, and its documentation.
@usableFromInline
package struct Field: Sendable {
    /// The condition under which a record has a field.
    @usableFromInline
    package enum Presence: Sendable {
        /// Always; a line without it is damaged.
        case required
        /// Always; a reader uses the default if it is absent, because earlier versions may lack it.
        case always
        /// If the value is known and is neither 0 nor the default.
        case known
        /// Computed from other fields when a record is written; readers compute it again.
        case derived
    }

    /// The key in JSON; in capitals and with our prefix, the name of the journal field.
    @usableFromInline
    package let key: StaticString
    /// The condition under which a record has the field.
    @usableFromInline
    package let presence: Presence
    /// One sentence for the documentation.
    @usableFromInline
    package let about: StaticString

    // Patterns, because `==` of another module's enumeration is a call through its conformance.

    /// Indicates whether a line without the field is damaged.
    @inlinable
    package var isRequired: Bool { if case .required = presence { true } else { false } }
    /// Indicates whether readers compute the value again.
    @inlinable
    package var isDerived: Bool { if case .derived = presence { true } else { false } }

    /// Creates a field.
    @inlinable
    package init(_ key: StaticString, _ presence: Presence, _ about: StaticString) {
        self.key = key
        self.presence = presence
        self.about = about
    }
}

/// A value with a few possible words.
@usableFromInline
package protocol FieldChoice: RawRepresentable, CaseIterable, Sendable where RawValue == String {}

/// The rows of a list that are written if not all fit, and their form in the journal.
@usableFromInline
package enum RowFit: Sendable {
    /// The first ones, in at most `limit` bytes; in JSON also in the journal.
    case first(limit: Int)
    /// The latest ones; in the journal `1:2:3 4:5:6`, without brackets and quotes.
    case latest

    /// The first ones, in all the space that is left.
    @inlinable
    package static var all: RowFit { .first(limit: .max) }
}

/// Visits the fields of a record in the order in which they are written.
///
/// Each kind of record lists its fields once, in `visitFields(_:)`. A writer reads the values, a reader assigns them, a
/// test fills them, and the documentation collects the sentences, so all of them have the same set of fields.
///
/// A visit itself allocates nothing, because a sample is written on each tick.
@usableFromInline
package protocol FieldVisitor: ~Copyable {
    /// Indicates whether the visitor assigns values, as a reader does; a writer only reads them.
    ///
    /// A constant, so that the compiler removes the assignments, and the reference counting of texts, from a writer.
    static var assigns: Bool { get }

    /// Visits a whole number.
    mutating func integer(_ field: Field, _ value: inout Int?)

    /// Visits a number that is written with six decimals.
    mutating func real(_ field: Field, _ value: inout Double?)

    /// Visits `true` or `false`.
    mutating func flag(_ field: Field, _ value: inout Bool?)

    /// Visits a text.
    mutating func text(_ field: Field, _ value: inout String?)

    /// Visits one of a few words.
    mutating func choice<Value: FieldChoice>(_ field: Field, _ value: inout Value?)

    /// Visits a list of rows.
    ///
    /// - Returns: The number of rows that did not fit; 0 except for writers.
    mutating func rows<Row: ListRow>(_ field: Field, _ rows: inout [Row], _ fit: RowFit) -> Int

    /// Visits an object with its referents.
    ///
    /// - Returns: The number of referents that did not fit; 0 except for writers.
    mutating func tree(_ field: Field, _ root: inout SizedObject?) -> Int

    /// Visits the sizes of an object, oldest first.
    ///
    /// - Parameters:
    ///   - field: The field.
    ///   - sizes: The sizes.
    ///   - className: The name of sizes without a name of their own.
    /// - Returns: The number of sizes, and of referents of the others, that did not fit; 0 except for writers.
    mutating func sizes(
        _ field: Field,
        _ sizes: inout [ObjectSize],
        className: String
    ) -> (sizes: Int, referents: Int)

    /// Visits the memory figure that the kernel gives in `line` of `/proc/self/status`.
    mutating func kernelFigure(_ field: Field, line: StaticString, _ value: inout Int?)

    /// Begins a group of fields that a record has all or none of; a required field is required within the group.
    ///
    /// - Parameter isKnown: Whether the record has them.
    /// - Returns: Whether the fields are to be visited, followed by `endGroup()`.
    mutating func beginGroup(isKnown: Bool) -> Bool

    /// Ends the group that was begun last.
    ///
    /// - Returns: Whether the record has the group.
    mutating func endGroup() -> Bool

    /// Visits fields that files have and the journal does not.
    mutating func inFilesOnly(_ visit: (inout Self) -> Void)
}

extension FieldVisitor where Self: ~Copyable {
    @inlinable
    package static var assigns: Bool { true }

    @inlinable
    package mutating func kernelFigure(_ field: Field, line: StaticString, _ value: inout Int?) {
        integer(field, &value)
    }

    @inlinable
    package mutating func inFilesOnly(_ visit: (inout Self) -> Void) { visit(&self) }
}

// MARK: - Calls by records

extension FieldVisitor where Self: ~Copyable {
    // MARK: Required

    @inlinable
    package mutating func required(_ key: StaticString, _ value: inout Int, _ about: StaticString) {
        integer(Field(key, .required, about), present: &value)
    }

    @inlinable
    package mutating func required(_ key: StaticString, _ value: inout Double, _ about: StaticString) {
        real(Field(key, .required, about), present: &value)
    }

    @inlinable
    package mutating func required(_ key: StaticString, _ value: inout String, _ about: StaticString) {
        text(Field(key, .required, about), present: &value)
    }

    @inlinable
    package mutating func required(_ key: StaticString, _ value: inout some FieldChoice, _ about: StaticString) {
        choice(Field(key, .required, about), present: &value)
    }

    // MARK: Always

    @inlinable
    package mutating func always(_ key: StaticString, _ value: inout Int, _ about: StaticString) {
        integer(Field(key, .always, about), present: &value)
    }

    @inlinable
    package mutating func always(_ key: StaticString, _ value: inout Double, _ about: StaticString) {
        real(Field(key, .always, about), present: &value)
    }

    @inlinable
    package mutating func always(_ key: StaticString, _ value: inout String, _ about: StaticString) {
        text(Field(key, .always, about), present: &value)
    }

    @inlinable
    package mutating func always(_ key: StaticString, _ value: inout Bool, _ about: StaticString) {
        var known: Bool? = value
        flag(Field(key, .always, about), &known)
        if Self.assigns, let known { value = known }
    }

    // MARK: Optional fields

    @inlinable
    package mutating func optional(_ key: StaticString, _ value: inout Int?, _ about: StaticString) {
        integer(Field(key, .known, about), &value)
    }

    @inlinable
    package mutating func optional(_ key: StaticString, _ value: inout Double?, _ about: StaticString) {
        real(Field(key, .known, about), &value)
    }

    @inlinable
    package mutating func optional(_ key: StaticString, _ value: inout String?, _ about: StaticString) {
        text(Field(key, .known, about), &value)
    }

    @inlinable
    package mutating func optional<Value: FieldChoice>(
        _ key: StaticString,
        _ value: inout Value?,
        _ about: StaticString
    ) {
        choice(Field(key, .known, about), &value)
    }

    /// Visits a number that is omitted if it is 0.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - value: The number.
    ///   - more: A number added when writing: the items of a preceding list that did not fit.
    ///   - about: One sentence for the documentation.
    @inlinable
    package mutating func unlessZero(
        _ key: StaticString,
        _ value: inout Int,
        adding more: Int = 0,
        _ about: StaticString
    ) {
        let sum = value &+ more
        var known: Int? = sum == 0 ? nil : sum
        integer(Field(key, .known, about), &known)
        if Self.assigns { value = known ?? 0 }
    }

    @inlinable
    package mutating func unlessEmpty(_ key: StaticString, _ value: inout String, _ about: StaticString) {
        var known: String? = value.isEmpty ? nil : value
        text(Field(key, .known, about), &known)
        if Self.assigns { value = known ?? "" }
    }

    @inlinable
    package mutating func ifTrue(_ key: StaticString, _ value: inout Bool, _ about: StaticString) {
        var known: Bool? = value ? true : nil
        flag(Field(key, .known, about), &known)
        if Self.assigns { value = known ?? false }
    }

    @inlinable
    package mutating func unless<Value: FieldChoice>(
        _ usual: Value,
        _ key: StaticString,
        _ value: inout Value,
        _ about: StaticString
    ) {
        var known: Value? = value == usual ? nil : value
        choice(Field(key, .known, about), &known)
        if Self.assigns { value = known ?? usual }
    }

    // MARK: Derived

    @inlinable
    package mutating func derived(_ key: StaticString, _ value: Int, _ about: StaticString) {
        var value: Int? = value
        integer(Field(key, .derived, about), &value)
    }

    @inlinable
    package mutating func derived(_ key: StaticString, _ value: Double?, _ about: StaticString) {
        var value = value
        real(Field(key, .derived, about), &value)
    }

    // MARK: Groups

    /// Visits fields that a record has all or none of.
    // Inlined, so that a reader in another module needs no metadata of optional parts for each sample.
    @inlinable
    @inline(__always)
    package mutating func group<Part>(
        _ part: inout Part?,
        blank: @autoclosure () -> Part,
        _ visit: (inout Self, inout Part) -> Void
    ) {
        guard beginGroup(isKnown: part != nil) else { return }
        var visited = part ?? blank()
        visit(&self, &visited)
        part = endGroup() ? visited : nil
    }

    // MARK: Fields of several kinds

    /// Visits the two times of a record.
    @inlinable
    package mutating func times(_ timestamp: inout Double, _ wallTime: inout Double) {
        required("t_seconds", &timestamp, "When the record was made, since the tracker began.")
        required("unix_seconds", &wallTime, "The same since 1970, in UTC.")
    }

    // MARK: Present values

    @inlinable
    package mutating func integer(_ field: Field, present value: inout Int) {
        var known: Int? = value
        integer(field, &known)
        if Self.assigns, let known { value = known }
    }

    @inlinable
    package mutating func real(_ field: Field, present value: inout Double) {
        var known: Double? = value
        real(field, &known)
        if Self.assigns, let known { value = known }
    }

    @inlinable
    package mutating func text(_ field: Field, present value: inout String) {
        var known: String? = value
        text(field, &known)
        if Self.assigns, let known { value = known }
    }

    @inlinable
    package mutating func choice<Value: FieldChoice>(_ field: Field, present value: inout Value) {
        var known: Value? = value
        choice(field, &known)
        if Self.assigns, let known { value = known }
    }
}
