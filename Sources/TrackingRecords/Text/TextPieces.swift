/// Receives a text piece by piece: a `String`, or the record that is being written.
///
/// The message of a sample is written for every journal entry; creating a `String` would cost more than all fields
/// together.
package protocol TextPieces: ~Copyable {
    mutating func append(_ literal: StaticString)
    mutating func append(_ number: Int)
}

extension String: TextPieces {
    package mutating func append(_ literal: StaticString) { append(literal.description) }

    package mutating func append(_ number: Int) { append(String(number)) }
}
