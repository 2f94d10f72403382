/// The standard library's storage classes, found by looking at objects of them.
///
/// Their symbols could be asked for by name, but in a program with a static standard library only by the linker.
struct StandardStorage: Sendable {
    let array: ContextDescriptor?
    let dictionary: ContextDescriptor?
    let set: ContextDescriptor?
    let string: ContextDescriptor?
    let managedBuffer: ContextDescriptor?
    /// The value witnesses of a native reference: what every class's metadata begins with.
    let nativeWitnesses: UInt
    /// The first word of text that malloc holds.
    let nativeString: UInt

    static let shared = StandardStorage()

    private init() {
        // Numbers that the compiler cannot know, or it would make static objects of them.
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

    private static func isa(_ reference: UInt) -> Metadata {
        Metadata(word(reference & Architecture.addressMask))
    }

    private static func descriptor<Value>(_ value: Value) -> ContextDescriptor? {
        // An address in an integer does not keep what is there.
        withExtendedLifetime(value) {
            withUnsafeBytes(of: value) { isa($0.load(as: UInt.self)).descriptor }
        }
    }
}
