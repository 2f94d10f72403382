import CTrackingRuntime
import HeapSizing

/// What there is to know about each kind of object: the rule it was announced with, and its class.
struct KindTable {
    /// The different names.
    private(set) var names: [String] = []
    /// The position of each kind's name.
    private(set) var nameOfKind: [Int] = []
    private(set) var levels: [Int] = []
    /// Whether any kind has a resolution level.
    private(set) var hasLevels = false
    private(set) var metadata: [UInt] = []
    /// The class without its module.
    private(set) var classNames: [String] = []
    /// What malloc gives for an instance, without what may stand behind its stored properties.
    private(set) var blockSizes: [Int] = []

    /// Takes note of the kinds met so far; an object that was copied before is of one of them.
    init(_ registry: ObjectRegistry) {
        let kinds = registry.kinds
        let rules = registry.rules
        var positions: [String: Int] = [:]
        for kind in kinds {
            let index = Int(kind.rule) - 1
            let rule = rules.indices.contains(index) ? rules[index] : TrackingRule(name: "")
            let position = positions[rule.name] ?? names.count
            if position == names.count {
                positions[rule.name] = position
                names.append(rule.name)
            }
            nameOfKind.append(position)
            levels.append(rule.resolutionLevel)
            if rule.resolutionLevel > 0 { hasLevels = true }
            metadata.append(kind.metadata)
            classNames.append(kind.metadata == 0 ? "" : Self.className(kind.metadata))
            blockSizes.append(kind.metadata == 0 ? 0 : Self.blockSize(kind.metadata))
        }
    }

    /// Kinds of different names, for tests.
    init(names: [String], blockSizes: [Int]) {
        self.names = names
        self.blockSizes = blockSizes
        nameOfKind = Array(names.indices)
    }

    func name(of kind: Int) -> String { names[nameOfKind[kind]] }

    /// What malloc gives for an instance of a class without anything behind its stored properties.
    static func blockSize(_ metadata: UInt) -> Int {
        let type: AnyClass = unsafeBitCast(metadata, to: AnyClass.self)
        // A block is a multiple of 16 bytes, of which 8 are malloc's.
        return max(24, (HeapSizer.instanceSize(of: type) + 8 + 15) / 16 * 16 - 8)
    }

    /// The name of a class without its module.
    static func className(_ metadata: UInt) -> String {
        _typeName(unsafeBitCast(metadata, to: Any.Type.self), qualified: false)
    }
}

extension ct_object {
    var address: UInt { UInt(place & 0xFFFF_FFFF_FFFF) }
    var kind: Int { Int(place >> 48) }
}
