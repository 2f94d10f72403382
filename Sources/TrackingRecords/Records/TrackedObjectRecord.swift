/// One tracked object, alive or dead.
///
/// In the stream an object has a record at each snapshot that tells its size anew; a reader adds the sizes of all records
/// with one ``id`` up, and the latest one tells the rest.
public struct TrackedObjectRecord: Sendable, Equatable {
    /// Unique in its tracker, and ascending in order of announcement.
    public var id: UInt64
    /// What the object was announced under.
    public var name: String
    /// The name of its class, without the module: that of the latest size, should the object have changed its class.
    public var className: String
    /// Where it lies; 0 for a dead object.
    public var address: UInt
    /// Seconds since the tracker began when the object was announced; for instances of tracked classes, their birth.
    public var birth: Double
    /// Seconds since the tracker began when it died; `nil` for a live one.
    public var death: Double?
    /// How many levels of its referents are sized one by one.
    public var resolutionLevel = 0
    /// The ``InstantiationTrace/id`` of where it was created; 0 where that is not known.
    public var trace = 0
    /// Its sizes at the snapshots that are kept, oldest first.
    public var sizes: [ObjectSize] = []
    /// Earlier sizes that are missing in ``sizes``, because they did not fit into a record.
    public var omittedSizes = 0
    /// Referents that are missing in ``sizes``, because they did not fit into a record.
    public var omittedReferents = 0

    /// Makes a record.
    ///
    /// - Parameters:
    ///   - id: Unique in its tracker.
    ///   - name: What the object was announced under.
    ///   - className: The name of its class, without the module.
    ///   - address: Where it lies.
    ///   - birth: Seconds since the tracker began.
    ///   - death: Seconds since the tracker began.
    public init(id: UInt64, name: String, className: String, address: UInt, birth: Double, death: Double? = nil) {
        self.id = id
        self.name = name
        self.className = className
        self.address = address
        self.birth = birth
        self.death = death
    }

    /// Class and address, `Node at 0x7f00a0`: made without running the object's own code.
    public var representation: String {
        address == 0 ? className : "\(className) at 0x" + String(address, radix: 16)
    }

    /// Seconds since the tracker began of the latest that is known of it.
    public var timestamp: Double { sizes.last?.timestamp ?? death ?? birth }

    /// Bytes that it held at the latest snapshot that has its size; 0 where there is none.
    public var size: Int { sizes.last?.bytes ?? 0 }
}

/// The size of one object at one snapshot.
public struct ObjectSize: Sendable, Equatable {
    /// Seconds since the tracker began: the snapshot's.
    public var timestamp: Double
    /// The size, with referents down to the object's resolution level.
    public var size: SizedObject

    /// The bytes of every block reachable from the object.
    public var bytes: Int { size.size }

    /// Makes a size.
    ///
    /// - Parameters:
    ///   - timestamp: Seconds since the tracker began.
    ///   - size: The size.
    public init(timestamp: Double, size: SizedObject) {
        self.timestamp = timestamp
        self.size = size
    }
}

/// How many objects there were under a name, at one moment.
public struct InstanceCount: Sendable, Hashable {
    /// Seconds since the tracker began.
    public var timestamp: Double
    /// Objects alive from this moment on.
    public var count: Int

    /// Makes a count.
    ///
    /// - Parameters:
    ///   - timestamp: Seconds since the tracker began.
    ///   - count: Objects alive.
    public init(timestamp: Double, count: Int) {
        self.timestamp = timestamp
        self.count = count
    }
}

/// The instance count over time of one name, as a record of its own: `history`, in dumps.
public struct HistoryRecord: Sendable, Equatable {
    /// Seconds since the tracker began when the record was made.
    public var timestamp: Double
    /// Seconds since 1970 when the record was made.
    public var wallTime: Double
    /// What the objects were announced under.
    public var name: String
    /// The counts, oldest first; a long history has several records.
    public var counts: [InstanceCount]
    /// Later counts that are missing in ``counts``, because they did not fit into a record.
    public var omittedCounts = 0

    /// Makes a record.
    ///
    /// - Parameters:
    ///   - timestamp: Seconds since the tracker began.
    ///   - wallTime: Seconds since 1970.
    ///   - name: What the objects were announced under.
    ///   - counts: The counts, oldest first.
    public init(timestamp: Double, wallTime: Double, name: String, counts: [InstanceCount]) {
        self.timestamp = timestamp
        self.wallTime = wallTime
        self.name = name
        self.counts = counts
    }
}

extension TrackedObjectRecord: RecordBody {
    @usableFromInline
    package static var blank: TrackedObjectRecord {
        TrackedObjectRecord(id: 0, name: "", className: "", address: 0, birth: 0)
    }

    @inlinable
    package mutating func visitFields(_ visitor: inout some FieldVisitor & ~Copyable) {
        var bits = Int(truncatingIfNeeded: id)
        visitor.required("id", &bits, "Number of the object in its tracker, ascending in order of announcement.")
        id = UInt64(truncatingIfNeeded: bits)
        visitor.required("name", &name, "Name that the object was announced under.")
        var otherName = className == name ? nil : className
        visitor.optional("class", &otherName, "Its class, where that is not the name.")
        className = otherName ?? name
        var place = Int(bitPattern: address)
        visitor.unlessZero("address", &place, "Address of a live object.")
        address = UInt(bitPattern: place)
        visitor.required("birth_t_seconds", &birth, "When the object was announced, or created.")
        visitor.optional("death_t_seconds", &death, "When the object died.")
        visitor.unlessZero("resolution_level", &resolutionLevel, "Levels of its referents that are sized one by one.")
        visitor.unlessZero("trace", &trace, "Number of the `trace` that it was created on.")
        let sizes = Field("sizes", .known, "Its sizes, oldest first.")
        let left = visitor.sizes(sizes, &self.sizes, className: className)
        visitor.unlessZero("sizes_omitted", &omittedSizes, adding: left.sizes, "Earlier sizes that found no room.")
        visitor.unlessZero(
            "referents_omitted",
            &omittedReferents,
            adding: left.referents,
            "Referents that found no room in the sizes."
        )
    }

    /// Writes a line of the object, without making a record of it first: a dump has millions.
    package func writeLine(to writer: inout FieldWriter) {
        var object = self
        writer.begin()
        writer.text("record", Record.Kind.object.rawValue)
        object.visitFields(&writer)
        writer.end()
    }
}

extension HistoryRecord: RecordBody {
    @usableFromInline
    package static var blank: HistoryRecord { HistoryRecord(timestamp: 0, wallTime: 0, name: "", counts: []) }

    @inlinable
    package mutating func visitFields(_ visitor: inout some FieldVisitor & ~Copyable) {
        visitor.times(&timestamp, &wallTime)
        visitor.required("name", &name, "Name that the objects were announced under.")
        let left = visitor.rows(Field("counts", .known, "Instances from each moment on, oldest first."), &counts, .all)
        visitor.unlessZero("counts_omitted", &omittedCounts, adding: left, "Later counts that found no room.")
    }
}
