/// The content of one kind of record, with its fields listed once.
@usableFromInline
package protocol RecordBody: Sendable, Equatable {
    /// The body that a reader fills: each field has its default.
    static var blank: Self { get }

    /// Visits the fields in the order in which they are written.
    mutating func visitFields(_ visitor: inout some FieldVisitor & ~Copyable)
}

extension RecordBody {
    /// Creates a body from the values that a visitor assigns.
    @inlinable
    package static func filled(by visitor: inout some FieldVisitor & ~Copyable) -> Self {
        var body = Self.blank
        body.visitFields(&visitor)
        return body
    }
}
