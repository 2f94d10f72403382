/// The parameters with which a class or an object is tracked.
struct TrackingRule: Hashable, Sendable {
    /// The valid resolution levels; the sizer descends no deeper.
    static let resolutionLevels = 0...32

    /// The name of its instances in snapshots and in the index.
    var name: String
    /// The number of levels of referents that are sized individually.
    var resolutionLevel = 0
    /// Indicates whether instances are retained.
    var keep = false
    /// Indicates whether the stack that creates an instance is recorded.
    var trace = false
}

/// The rules of a registry by number, from 1; a rule is never changed, because objects refer to it.
struct RuleBook {
    private(set) var rules: [TrackingRule] = []
    private var numbers: [TrackingRule: UInt32] = [:]
    /// The largest number of rules, which limits the memory if each object has a different name.
    static let limit = 60_000

    /// Returns the number of a rule, which is added if necessary; `nil` if there are too many.
    mutating func number(of rule: TrackingRule) -> UInt32? {
        if let number = numbers[rule] { return number }
        guard rules.count < Self.limit else { return nil }
        rules.append(rule)
        let number = UInt32(rules.count)
        numbers[rule] = number
        return number
    }

    subscript(number: UInt32) -> TrackingRule? {
        let index = Int(number) - 1
        return rules.indices.contains(index) ? rules[index] : nil
    }
}
