/// The change of the objects under one name between two moments: a part of a spike's height.
public struct ClassGrowth: Sendable, Hashable {
    /// The name under which the objects are tracked.
    public var name: String
    /// The increase of the bytes held, with everything that the objects refer to; `nil` if they were not sized, in
    /// which case ``allocated`` replaces it.
    public var bytes: Int?
    /// The increase of the number of live objects.
    public var instances: Int
    /// The number of objects created meanwhile.
    public var created: Int
    /// The number of objects that died meanwhile.
    public var destroyed: Int
    /// The bytes of the created objects' own blocks, without their referents; including objects that have died.
    public var allocated: Int

    /// Creates a growth.
    ///
    /// - Parameters:
    ///   - name: The name under which the objects are tracked.
    ///   - bytes: The increase of the bytes held.
    ///   - instances: The increase of the number of live objects.
    ///   - created: The number of objects created.
    ///   - destroyed: The number of objects that died.
    ///   - allocated: The bytes of the created objects' own blocks.
    package init(name: String, bytes: Int? = nil, instances: Int, created: Int, destroyed: Int, allocated: Int) {
        self.name = name
        self.bytes = bytes
        self.instances = instances
        self.created = created
        self.destroyed = destroyed
        self.allocated = allocated
    }

    /// The bytes that count in the sum of all growth.
    package var figure: Int { bytes ?? allocated }
}
