/// One row of a list: `[first, second, …]`.
@usableFromInline
package protocol ListRow: Sendable {
    /// The row that a reader fills.
    static var blank: Self { get }

    /// Visits the items of the row in the order in which they are written.
    mutating func visitItems(_ visitor: inout some ItemVisitor & ~Copyable)
}

/// Visits the items of a row.
///
/// An unknown item is `null`, or omitted if only unknown items follow it.
@usableFromInline
package protocol ItemVisitor: ~Copyable {
    /// Visits a whole number.
    mutating func integer(_ name: StaticString, _ value: inout Int?, isRequired: Bool)

    /// Visits a number that is written with six decimals.
    mutating func real(_ name: StaticString, _ value: inout Double?, isRequired: Bool)

    /// Visits a text.
    mutating func text(_ name: StaticString, _ value: inout String?, isRequired: Bool)
}

extension ItemVisitor where Self: ~Copyable {
    @inlinable
    package mutating func required(_ name: StaticString, _ value: inout Int) {
        var known: Int? = value
        integer(name, &known, isRequired: true)
        if let known { value = known }
    }

    @inlinable
    package mutating func required(_ name: StaticString, _ value: inout Double) {
        var known: Double? = value
        real(name, &known, isRequired: true)
        if let known { value = known }
    }

    @inlinable
    package mutating func required(_ name: StaticString, _ value: inout String) {
        var known: String? = value
        text(name, &known, isRequired: true)
        if let known { value = known }
    }

    @inlinable
    package mutating func optional(_ name: StaticString, _ value: inout Int?) {
        integer(name, &value, isRequired: false)
    }

    @inlinable
    package mutating func optional(_ name: StaticString, _ value: inout String?) {
        text(name, &value, isRequired: false)
    }
}

extension ClassGrowth: ListRow {
    @usableFromInline
    package static var blank: ClassGrowth {
        ClassGrowth(name: "", instances: 0, created: 0, destroyed: 0, allocated: 0)
    }

    @inlinable
    package mutating func visitItems(_ visitor: inout some ItemVisitor & ~Copyable) {
        visitor.required("name", &name)
        visitor.optional("bytes", &bytes)
        visitor.required("instances", &instances)
        visitor.required("created", &created)
        visitor.required("destroyed", &destroyed)
        visitor.required("allocated bytes", &allocated)
    }
}

extension Spike.Point: ListRow {
    @usableFromInline
    package static var blank: Spike.Point { Spike.Point(timestamp: 0, residentSet: 0, intervalPeak: 0) }

    @inlinable
    package mutating func visitItems(_ visitor: inout some ItemVisitor & ~Copyable) {
        visitor.required("t_seconds", &timestamp)
        visitor.required("vm_rss_bytes", &residentSet)
        visitor.required("peak_rss_bytes", &intervalPeak)
    }
}

extension TraceFrame: ListRow {
    @usableFromInline
    package static var blank: TraceFrame { TraceFrame(address: 0) }

    @inlinable
    package mutating func visitItems(_ visitor: inout some ItemVisitor & ~Copyable) {
        var bits = Int(bitPattern: address)
        visitor.required("address", &bits)
        address = UInt(bitPattern: bits)
        visitor.optional("function", &function)
        visitor.optional("file", &file)
        visitor.optional("line", &line)
        visitor.optional("image", &image)
    }
}

extension InstanceCount: ListRow {
    @usableFromInline
    package static var blank: InstanceCount { InstanceCount(timestamp: 0, count: 0) }

    @inlinable
    package mutating func visitItems(_ visitor: inout some ItemVisitor & ~Copyable) {
        visitor.required("t_seconds", &timestamp)
        visitor.required("instances", &count)
    }
}

/// One referent of a tree, which directly follows the one that contains it.
package struct ReferentRow: ListRow {
    /// The depth, from 1.
    package var level = 0
    package var name = ""
    package var size = 0
    package var flat = 0

    @usableFromInline
    package static var blank: ReferentRow { ReferentRow() }

    package init() {}

    package init(_ object: SizedObject, level: Int) {
        (self.level, name, size, flat) = (level, object.name, object.size, object.flat)
    }

    @inlinable
    package mutating func visitItems(_ visitor: inout some ItemVisitor & ~Copyable) {
        visitor.required("level", &level)
        visitor.required("name", &name)
        visitor.required("bytes", &size)
        visitor.required("own bytes", &flat)
    }
}
