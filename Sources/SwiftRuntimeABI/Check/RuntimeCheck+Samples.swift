extension RuntimeCheck {
    /// A number that the compiler does not know, because with a known one it makes static objects of its owners.
    package static let known = Int(UInt.random(in: 1...9))

    // Unchecked, because each one is used in one function only.
    package class Leaf: @unchecked Sendable {
        package var number = RuntimeCheck.known

        package init() {}
    }

    package final class Node: Leaf, @unchecked Sendable {
        package var next: Leaf?
        package var text = ""
    }

    package final class Generic<Value> {
        package var value: Value

        package init(_ value: Value) { self.value = value }
    }

    package actor Agent {
        let leaf: Leaf

        package init(_ leaf: Leaf) { self.leaf = leaf }
    }

    struct Sample {
        var number = UInt8(truncatingIfNeeded: RuntimeCheck.known)
        var leaf: Leaf
    }

    package static func address(of object: AnyObject) -> UInt {
        UInt(bitPattern: Unmanaged.passUnretained(object).toOpaque())
    }
}
