/// The standard library's storage classes, found through objects of them.
///
/// Only the linker could find their symbols by name in a program with a static standard library.
package struct StandardStorage: Sendable {
    package let array: ContextDescriptor?
    package let dictionary: ContextDescriptor?
    package let set: ContextDescriptor?
    package let string: ContextDescriptor?
    package let managedBuffer: ContextDescriptor?
    /// The value witnesses of a native reference, which the metadata of every class begins with.
    package let nativeWitnesses: UInt
    /// The first word of text in the heap.
    package let nativeString: UInt

    package static let shared = StandardStorage()

    private init() {
        // The compiler must not know the numbers, or it makes static objects of them.
        let number = Int(UInt.random(in: 1...9))
        array = Self.descriptor([number, number + 1])
        dictionary = Self.descriptor([number: number])
        set = Self.descriptor(Set([number]))
        let text = String(repeating: "a long string ", count: number + 2)
        let isa = withExtendedLifetime(text) { Self.isa(unsafeBitCast(text, to: (UInt, UInt).self).1) }
        string = isa.descriptor
        nativeString = isa.address
        let buffer = Metadata(ManagedBuffer<Int, Int>.self)
        managedBuffer = buffer.descriptor
        nativeWitnesses = buffer.valueWitnesses.table
    }

    /// The offset of the number of elements in an array's storage, and the bytes of that number.
    package static var arrayCount: (offset: Int, bytes: Int) { (16, 8) }

    /// Returns the offset of the elements in an array's storage.
    package static func arrayElements(alignmentMask: UInt) -> Int { Int(aligned(32, mask: alignmentMask)) }

    private static func isa(_ reference: UInt) -> Metadata {
        Metadata(word(reference & Architecture.addressMask))
    }

    private static func descriptor<Value>(_ value: Value) -> ContextDescriptor? {
        // An address in an integer does not keep the object alive.
        withExtendedLifetime(value) {
            withUnsafeBytes(of: value) { isa($0.load(as: UInt.self)).descriptor }
        }
    }
}
