import CTrackingRuntime
import HeapSizing

/// The kinds of tracked objects: for each, its rule and its class.
struct KindTable {
    /// The different names.
    private(set) var names: [String] = []
    /// The index of each kind's name.
    private(set) var nameOfKind: [Int] = []
    private(set) var levels: [Int] = []
    /// Indicates whether any kind has a resolution level.
    private(set) var hasLevels = false
    private(set) var metadata: [UInt] = []
    /// The class without its module.
    private(set) var classNames: [String] = []
    /// The bytes of the block of an instance without tail-allocated elements.
    private(set) var blockSizes: [Int] = []

    /// Reads the kinds seen so far; an object that was copied before is of one of them.
    init(_ registry: ObjectRegistry) {
        let kinds = registry.kinds
        let rules = registry.rules
        var positions: [String: Int] = [:]
        for (index, kind) in kinds.enumerated() {
            let number = Int(kind.rule) - 1
            let rule = rules.indices.contains(number) ? rules[number] : TrackingRule(name: "")
            let position = positions[rule.name] ?? names.count
            if position == names.count {
                positions[rule.name] = position
                names.append(rule.name)
            }
            nameOfKind.append(position)
            levels.append(rule.resolutionLevel)
            if rule.resolutionLevel > 0 { hasLevels = true }
            metadata.append(kind.metadata)
            classNames.append(registry.className(of: index))
            blockSizes.append(kind.blockSize)
        }
    }

    /// Creates kinds of different names, for tests.
    init(names: [String], blockSizes: [Int]) {
        self.names = names
        self.blockSizes = blockSizes
        nameOfKind = Array(names.indices)
    }

    func name(of kind: Int) -> String { names[nameOfKind[kind]] }
}

extension ct_kind {
    /// The bytes of the block of an instance without tail-allocated elements.
    var blockSize: Int {
        // A block is a multiple of 16 bytes, of which 8 are malloc's.
        metadata == 0 ? 0 : max(24, (Int(instance_size) + 8 + 15) / 16 * 16 - 8)
    }
}

extension ct_object {
    var address: UInt { ct_place_address(place) }
    var kind: Int { Int(ct_place_kind(place)) }
}
