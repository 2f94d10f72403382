/// The heap that one value holds, with the parts it is made of.
///
/// All sizes are bytes of malloc blocks, as `malloc_usable_size` tells them.
public struct SizedObject: Sendable, Hashable {
    /// What the value is to the one that holds it: `employees: Array<Employee>`, `[3]`, `key`, `value`; for the object
    /// that was asked for, the name of its class.
    public var name: String

    /// The bytes of every block reachable from the value through strong references, each counted once.
    ///
    /// A block that an earlier value reaches too belongs to that one.
    public var size: Int

    /// The bytes of the value's own block alone; 0 for what lies inside of its owner.
    public var flat: Int

    /// The values that this one refers to, down to the resolution level that was asked for.
    public var referents: [SizedObject]

    /// Makes a size.
    ///
    /// - Parameters:
    ///   - name: What the value is to the one that holds it.
    ///   - size: The bytes of every block reachable from the value.
    ///   - flat: The bytes of the value's own block.
    ///   - referents: The values that this one refers to.
    public init(name: String, size: Int, flat: Int, referents: [SizedObject] = []) {
        self.name = name
        self.size = size
        self.flat = flat
        self.referents = referents
    }

    /// Adds another object's sizes, matching referents by name.
    ///
    /// What the statistics of a class are made of: the sum over its objects, property by property. Referents that only
    /// the other one has are added at the end.
    ///
    /// - Parameter other: The object to add.
    public mutating func merge(_ other: SizedObject) {
        size += other.size
        flat += other.flat
        guard !other.referents.isEmpty else { return }
        var positions = Dictionary(
            referents.enumerated().map { ($0.element.name, $0.offset) },
            uniquingKeysWith: { first, _ in first }
        )
        for referent in other.referents {
            if let position = positions[referent.name] {
                referents[position].merge(referent)
            } else {
                positions[referent.name] = referents.count
                referents.append(referent)
            }
        }
    }
}
