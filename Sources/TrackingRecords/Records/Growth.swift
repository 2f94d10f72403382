/// How the objects under one name changed between two moments: part of what a spike consists of.
public struct ClassGrowth: Sendable, Hashable {
    /// What the objects were announced under.
    public var name: String
    /// Bytes held now beyond those held before, with all that the objects refer to; `nil` where they were not sized, and
    /// ``allocated`` stands for them.
    public var bytes: Int?
    /// Live objects more than before.
    public var instances: Int
    /// Objects created meanwhile.
    public var created: Int
    /// Objects that died meanwhile.
    public var destroyed: Int
    /// Bytes of the created objects' own blocks, without what they refer to; those that died are among them.
    public var allocated: Int

    /// Makes a growth.
    ///
    /// - Parameters:
    ///   - name: What the objects were announced under.
    ///   - bytes: Bytes held more.
    ///   - instances: Live objects more.
    ///   - created: Objects created.
    ///   - destroyed: Objects that died.
    ///   - allocated: Bytes of the created objects' own blocks.
    public init(name: String, bytes: Int? = nil, instances: Int, created: Int, destroyed: Int, allocated: Int) {
        self.name = name
        self.bytes = bytes
        self.instances = instances
        self.created = created
        self.destroyed = destroyed
        self.allocated = allocated
    }

    /// What it counts for in the sum of what grew, in bytes.
    package var figure: Int { bytes ?? allocated }
}
