/// Temporary.
public struct Snapshot: Sendable, Equatable {
    public var number: Int
    public var timestamp: Double
    public var wallTime: Double
    public var description = ""
    public var isPeriodic = false
    public var trackedTotal = 0
    public var heapTotal: Int?
    public var overhead = 0
    public var processMemory = ProcessMemory()
    public var unsized = 0
    public var duration = 0.0
    public var classes: [String: ClassSize] = [:]
    public init(number: Int, timestamp: Double, wallTime: Double) {
        self.number = number
        self.timestamp = timestamp
        self.wallTime = wallTime
    }
    public var total: Int { processMemory.virtualSize ?? heapTotal ?? trackedTotal }
    public var label: String {
        let thousandths = Int((timestamp * 1000).rounded())
        let text = "\(thousandths / 1000)." + String(String(1000 + thousandths % 1000).dropFirst()) + "s"
        return description.isEmpty ? text : "\(description) (\(text))"
    }
}
public struct ClassSize: Sendable, Equatable {
    public var active = 0
    public var sum = 0
    public var percentage = 0.0
    public var created = 0
    public var destroyed = 0
    public var unsized = 0
    public var merged: SizedObject?
    public init() {}
    public var average: Int { active == 0 ? 0 : sum / active }
}
public struct ObjectSize: Sendable, Equatable {
    public var timestamp: Double
    public var size: SizedObject
    public init(timestamp: Double, size: SizedObject) {
        self.timestamp = timestamp
        self.size = size
    }
}
public struct TrackedObjectRecord: Sendable, Equatable {
    public var id: UInt64
    public var name: String
    public var className: String
    public var address: UInt
    public var label: String?
    public var birth: Double
    public var death: Double?
    public var resolutionLevel = 0
    public var trace: [TraceFrame] = []
    public var sizes: [ObjectSize] = []
    public init(id: UInt64, name: String, className: String, address: UInt, birth: Double, death: Double? = nil) {
        self.id = id
        self.name = name
        self.className = className
        self.address = address
        self.birth = birth
        self.death = death
    }
}
public struct InstanceCount: Sendable, Hashable {
    public var timestamp: Double
    public var count: Int
    public init(timestamp: Double, count: Int) {
        self.timestamp = timestamp
        self.count = count
    }
}
public struct TraceFrame: Sendable, Hashable {
    public var function: String?
}
