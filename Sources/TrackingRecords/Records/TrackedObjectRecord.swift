/// One tracked object, alive or dead.
///
/// In the stream, an object has a record at each snapshot that measures a new size; a reader combines the sizes of all
/// records with one ``id``, and takes all other fields from the latest one.
public struct TrackedObjectRecord: Sendable, Equatable {
    /// The identifier, unique in its tracker, and ascending in order of tracking.
    public var id: UInt64
    /// The name under which the object is tracked.
    public var name: String
    /// The name of its class, without the module: that of the latest size, if the object's class was changed.
    public var className: String
    /// The address; 0 for a dead object.
    public var address: UInt
    /// The time at which tracking began, in seconds since the tracker began; for instances of tracked classes, their
    /// birth.
    public var birth: Double
    /// The time of its death in seconds since the tracker began; `nil` for a live object.
    public var death: Double?
    /// The number of levels of its referents that are sized individually.
    @usableFromInline
    package var resolutionLevel = 0
    /// The ``InstantiationTrace/id`` of the stack that created it; 0 if that is not known.
    public var trace = 0
    /// Its sizes at the snapshots that are kept, oldest first.
    public var sizes: [ObjectSize] = []
    /// The number of earlier sizes that are missing in ``sizes``, because they did not fit into a record.
    @usableFromInline
    package var omittedSizes = 0
    /// The number of referents that are missing in ``sizes``, because they did not fit into a record.
    @usableFromInline
    package var omittedReferents = 0

    /// Creates a record.
    ///
    /// - Parameters:
    ///   - id: The identifier, unique in its tracker.
    ///   - name: The name under which the object is tracked.
    ///   - className: The name of its class, without the module.
    ///   - address: The address.
    ///   - birth: The time of its birth, in seconds since the tracker began.
    ///   - death: The time of its death, in seconds since the tracker began.
    package init(id: UInt64, name: String, className: String, address: UInt, birth: Double, death: Double? = nil) {
        self.id = id
        self.name = name
        self.className = className
        self.address = address
        self.birth = birth
        self.death = death
    }

    /// Class and address, `Node at 0x7f00a0`; computed without running the object's own code.
    public var representation: String {
        address == 0 ? className : "\(className) at 0x" + String(address, radix: 16)
    }

    /// The time of the latest known state, in seconds since the tracker began.
    package var timestamp: Double { sizes.last?.timestamp ?? death ?? birth }

    /// The bytes that it held at the latest snapshot with its size; 0 if there is none.
    public var size: Int { sizes.last?.bytes ?? 0 }
}

/// The size of one object at one snapshot.
public struct ObjectSize: Sendable, Equatable {
    /// The snapshot's time in seconds since the tracker began.
    public var timestamp: Double
    /// The size, with referents down to the object's resolution level.
    public var size: SizedObject

    /// The bytes of every block reachable from the object.
    public var bytes: Int { size.size }

    /// Creates a size.
    ///
    /// - Parameters:
    ///   - timestamp: The time in seconds since the tracker began.
    ///   - size: The size.
    package init(timestamp: Double, size: SizedObject) {
        self.timestamp = timestamp
        self.size = size
    }
}

/// The number of live objects under a name, at one moment.
public struct InstanceCount: Sendable, Hashable {
    /// The time in seconds since the tracker began.
    public var timestamp: Double
    /// The number of live objects from this moment on.
    public var count: Int

    /// Creates a count.
    ///
    /// - Parameters:
    ///   - timestamp: The time in seconds since the tracker began.
    ///   - count: The number of live objects.
    package init(timestamp: Double, count: Int) {
        self.timestamp = timestamp
        self.count = count
    }
}

/// The instance count over time of one name, as a record of its own: `history`, in dumps.
public struct HistoryRecord: Sendable, Equatable {
    /// The time at which the record was made, in seconds since the tracker began.
    @usableFromInline
    package var timestamp: Double
    /// The time at which the record was made, in seconds since 1970.
    @usableFromInline
    package var wallTime: Double
    /// The name under which the objects are tracked.
    public var name: String
    /// The counts, oldest first; a long history has several records.
    public var counts: [InstanceCount]
    /// The number of later counts that are missing in ``counts``, because they did not fit into a record.
    @usableFromInline
    package var omittedCounts = 0

    /// Creates a record.
    ///
    /// - Parameters:
    ///   - timestamp: The time in seconds since the tracker began.
    ///   - wallTime: The time in seconds since 1970.
    ///   - name: The name under which the objects are tracked.
    ///   - counts: The counts, oldest first.
    package init(timestamp: Double, wallTime: Double, name: String, counts: [InstanceCount]) {
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

    /// Writes a line of the object without creating a record first, because a dump has millions.
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
