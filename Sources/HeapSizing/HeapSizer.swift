public import TrackingRecords

/// Measures the heap that objects hold: every malloc block reachable through strong references, each once.
public final class HeapSizer {
    /// The bytes of everything sized so far.
    public private(set) var total = 0

    /// Objects whose size could not be told, because they changed or were freed under the walk.
    public private(set) var unsized = 0

    /// Bytes of memory that this sizer uses for itself.
    public var workingBytes: Int { 0 }

    /// Names of types whose contents no metadata describes, which were therefore sized shallowly.
    public var opaqueTypes: [String] { [] }

    /// Makes a sizer that has seen nothing yet.
    public init() {}

    /// Leaves objects out: they are not entered when another object refers to them.
    ///
    /// - Parameter objects: The objects to leave out.
    /// - Returns: This sizer.
    @discardableResult
    public func excluding(_ objects: some Sequence<AnyObject>) -> HeapSizer { self }

    /// The bytes of every block reachable from `object` that this sizer has not counted before.
    ///
    /// - Parameter object: The object to size.
    /// - Returns: Bytes.
    public func size(of object: AnyObject) -> Int { 0 }

    /// The bytes of every block reachable from `value` that this sizer has not counted before.
    ///
    /// - Parameter value: The value to size, of any type; its own inline storage is not a block and costs nothing.
    /// - Returns: Bytes.
    public func size<Value: ~Copyable>(ofValue value: borrowing Value) -> Int { 0 }

    /// The size of `object` with its referents by name.
    ///
    /// - Parameters:
    ///   - object: The object to size.
    ///   - resolutionLevel: How many levels of referents are listed.
    /// - Returns: The sizes.
    public func sized(_ object: AnyObject, resolutionLevel: Int) -> SizedObject {
        SizedObject(name: "", size: 0, flat: 0)
    }
}
