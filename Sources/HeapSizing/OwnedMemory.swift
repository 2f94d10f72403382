/// Memory that a stored property of a type owns and that no metadata describes.
public enum OwnedMemory: Sendable {
    /// The stored property points to a malloc block without references in it.
    case block(String)
    /// The stored property points to a malloc block of initialised `of` values, as many as the integer at `count` tells.
    case elements(String, count: String, of: any Any.Type)
    /// The tail of a ManagedBuffer holds as many initialised elements as the integer at `count` tells.
    case tail(count: String)
}

/// A type that tells which memory it owns through raw pointers.
public protocol MemoryOwning {
    /// The memory that each instance owns.
    static var ownedMemory: [OwnedMemory] { get }
}

extension HeapSizer {
    /// Declares what instances of a type own.
    ///
    /// - Parameters:
    ///   - type: The type.
    ///   - owning: What its stored properties own.
    /// - Throws: ``HeapSizingError`` when a property path names nothing in the type.
    public static func register(_ type: Any.Type, owning: [OwnedMemory]) throws(HeapSizingError) {}

    /// Declares what instances of a type own that cannot be named in code here.
    ///
    /// - Parameters:
    ///   - name: The name as "Module.Type"; that of a generic type without its arguments.
    ///   - owning: What its stored properties own.
    public static func register(typeNamed name: String, owning: [OwnedMemory]) {}
}
