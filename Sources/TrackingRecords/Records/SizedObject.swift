/// The heap memory that one value holds, with its parts.
///
/// All sizes are bytes of malloc blocks, as `malloc_usable_size` reports them.
public struct SizedObject: Sendable, Hashable {
    /// The role of the value in its owner: `employees: Array<Employee>`, `[3]`, `key`, `value`; for the requested
    /// object, the name of its class.
    public var name: String

    /// The bytes of every block reachable from the value through strong references, each counted once.
    ///
    /// A block that is also reachable from an earlier value counts for that one.
    public var size: Int

    /// The bytes of the value's own block alone; 0 for a value inside its owner's block.
    public var flat: Int

    /// The values to which this one refers, down to the requested resolution level.
    public var referents: [SizedObject]

    /// Creates a size.
    ///
    /// - Parameters:
    ///   - name: The role of the value in its owner.
    ///   - size: The bytes of every block reachable from the value.
    ///   - flat: The bytes of the value's own block.
    ///   - referents: The values to which this one refers.
    package init(name: String, size: Int, flat: Int, referents: [SizedObject] = []) {
        self.name = name
        self.size = size
        self.flat = flat
        self.referents = referents
    }

    /// Adds another object's sizes, matching referents by name.
    ///
    /// The statistics of a class are such a sum over its objects, property by property. Referents that only the other
    /// object has are appended.
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
