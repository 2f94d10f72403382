/// The sizes of all tracked objects at one moment, with the memory of the process.
///
/// In the stream a snapshot is one `snapshot` record, followed by one `class` record for each name. Readers combine
/// them by ``number``.
public struct Snapshot: Sendable, Equatable {
    /// The number of the snapshot in its tracker, from 1.
    public var number: Int
    /// The time at which the snapshot was begun, in seconds since the tracker began; for a forked one, the instant that
    /// it shows.
    public var timestamp: Double
    /// The same time in seconds since 1970.
    public var wallTime: Double
    /// The caller's description; empty for periodic snapshots.
    public var description = ""
    /// Indicates whether the timer took it.
    public var isPeriodic = false
    /// The bytes held by all tracked objects; shared blocks are counted once.
    public var trackedTotal = 0
    /// The bytes in use in the malloc heap; `nil` if they were not requested.
    public var heapTotal: Int?
    /// The bytes of memory that the tracker used for itself.
    public var overhead = 0
    /// The kernel's figures for the process.
    public var processMemory = ProcessMemory()
    /// The number of objects that changed or died while they were read; their size is not in the totals.
    public var unsized = 0
    /// The seconds that the snapshot took.
    public var duration = 0.0
    /// The way in which it was taken.
    public var isolation = Isolation.inProcess
    /// The seconds for which threads of the process may have been stopped while the kernel made its copy; `nil` if no
    /// copy was made.
    public var pause: Double?
    /// The reason why it was taken in process although a forked one was requested; `nil` if it was not.
    public var notForked: String?
    /// The number of births and deaths that could not be recorded since the tracker began.
    public var missed = 0
    /// The number of periodic snapshots that were skipped since the previous one, because the tracker had used its
    /// processor time, or a snapshot was still being taken.
    @usableFromInline
    package var skipped = 0
    /// The number of tracked objects without an `object` record in the stream for this snapshot, because there were too
    /// many.
    @usableFromInline
    package var omittedObjects = 0
    /// The sizes by name.
    ///
    /// A name that is missing has no instance, had none at the previous snapshot, and none in between. Names that were
    /// requested individually, rather than by a pattern, are never missing.
    public var classes: [String: ClassSize] = [:]
    /// The number of names; in a stream ``classes`` is complete when it has as many.
    @usableFromInline
    package var classCount = 0
    /// The number of names that match a pattern and have never had an instance.
    @usableFromInline
    package var unusedClasses = 0
    /// The number of live objects.
    @usableFromInline
    package var objectCount = 0

    /// The process in which tracked objects are sized.
    @nonexhaustive
    public enum Isolation: String, Sendable, Hashable, CaseIterable {
        /// In the process itself, whose threads continue: sizes of objects that change meanwhile belong to no single
        /// moment.
        case inProcess = "in-process"
        /// In a copy of the process, which shows one instant. The kernel makes it as for fork(2), and threads that
        /// write are stopped meanwhile.
        case forked
    }

    /// Creates an empty snapshot.
    ///
    /// - Parameters:
    ///   - number: Its number, from 1.
    ///   - timestamp: The time in seconds since the tracker began.
    ///   - wallTime: The time in seconds since 1970.
    package init(number: Int, timestamp: Double, wallTime: Double) {
        self.number = number
        self.timestamp = timestamp
        self.wallTime = wallTime
    }

    /// The virtual size of the process in bytes; if the kernel does not report it, the malloc heap or the tracked
    /// objects.
    public var total: Int { processMemory.virtualSize ?? heapTotal ?? trackedTotal }

    /// The bytes to which the classes' percentages refer: the resident set; if the kernel does not report it, the
    /// malloc heap or the tracked objects.
    ///
    /// Most of the virtual size has no memory behind it, so a percentage of it would be meaningless.
    package var percentageBase: Int { processMemory.residentSet ?? heapTotal ?? trackedTotal }

    /// The description with the time, `alpha (1.234s)`, or the time alone.
    public var label: String {
        let thousandths = Int((timestamp * 1000).rounded())
        let fraction = String(1000 + thousandths % 1000).dropFirst()
        let time = "\(thousandths / 1000).\(fraction)s"
        return description.isEmpty ? time : "\(description) (\(time))"
    }
}

extension Snapshot {
    /// The content of the `snapshot` record, which holds only the number of ``classes``.
    @usableFromInline
    package var announcement: Snapshot {
        var announcement = self
        guard !classes.isEmpty else { return announcement }
        announcement.classCount = classes.count
        announcement.objectCount = classes.values.reduce(0) { $0 + $1.active }
        announcement.classes = [:]
        return announcement
    }

    /// The names in ``classes``, those with the most bytes first: the order of their records.
    package var namesBySize: [String] {
        classes.sorted { ($1.value.sum, $0.key) < ($0.value.sum, $1.key) }.map(\.key)
    }

    /// Returns the record of one of the names.
    package func record(of name: String) -> ClassSizeRecord? {
        classes[name]
            .map {
                ClassSizeRecord(snapshot: number, timestamp: timestamp, wallTime: wallTime, name: name, size: $0)
            }
    }
}

/// The size of the objects under one name at a snapshot.
public struct ClassSize: Sendable, Equatable {
    /// The number of live objects.
    public var active = 0
    /// The bytes that they held together.
    public var sum = 0
    /// Their part of the resident set at that moment, in percent; of the malloc heap, or else of all tracked objects,
    /// if the kernel did not report it.
    public var percentage = 0.0
    /// The number of objects created since the previous snapshot.
    public var created = 0
    /// The number of objects that died since the previous snapshot.
    public var destroyed = 0
    /// The number of live objects whose size is not in the sum.
    public var unsized = 0
    /// The sum of their referents, by name; `nil` if no object has a resolution level.
    public var merged: SizedObject?
    /// The number of referents that are missing in ``merged``, because they did not fit into a record.
    @usableFromInline
    package var omittedReferents = 0

    /// Creates the size of no objects.
    package init() {}

    /// The average bytes of one object, of those that could be sized.
    public var average: Int { active > unsized && unsized >= 0 ? sum / (active - unsized) : 0 }
}

/// The size of the objects under one name, as a record of its own: `class`.
public struct ClassSizeRecord: Sendable, Equatable {
    /// The snapshot's ``Snapshot/number``.
    public var snapshot: Int
    /// The snapshot's time in seconds since the tracker began.
    @usableFromInline
    package var timestamp: Double
    /// The snapshot's time in seconds since 1970.
    @usableFromInline
    package var wallTime: Double
    /// The name under which the objects are tracked.
    public var name: String
    /// The size of the objects.
    public var size: ClassSize

    /// Creates a record.
    ///
    /// - Parameters:
    ///   - snapshot: The snapshot's number.
    ///   - timestamp: The time in seconds since the tracker began.
    ///   - wallTime: The time in seconds since 1970.
    ///   - name: The name under which the objects are tracked.
    ///   - size: The size of the objects.
    package init(snapshot: Int, timestamp: Double, wallTime: Double, name: String, size: ClassSize) {
        self.snapshot = snapshot
        self.timestamp = timestamp
        self.wallTime = wallTime
        self.name = name
        self.size = size
    }
}

extension Snapshot.Isolation: FieldChoice {}

extension Snapshot: RecordBody {
    @usableFromInline
    package static var blank: Snapshot { Snapshot(number: 0, timestamp: 0, wallTime: 0) }

    @inlinable
    package mutating func visitFields(_ visitor: inout some FieldVisitor & ~Copyable) {
        visitor.times(&timestamp, &wallTime)
        visitor.required("snapshot", &number, "Number of the snapshot in its run, from 1.")
        visitor.unlessEmpty("description", &description, "The caller's description.")
        visitor.ifTrue("periodic", &isPeriodic, "Whether the timer took it.")
        visitor.always("classes", &classCount, "How many `class` records belong to it.")
        visitor.unlessZero(
            "classes_unused",
            &unusedClasses,
            "Names that match a pattern and have never had an instance; they have no record."
        )
        visitor.always("objects", &objectCount, "Objects that were alive.")
        visitor.unlessZero("objects_omitted", &omittedObjects, "Objects without a record, because there were too many.")
        visitor.always("tracked_bytes", &trackedTotal, "Bytes that all tracked objects held.")
        visitor.optional("heap_bytes", &heapTotal, "Bytes in use in the malloc heap, where they were asked for.")
        visitor.always("overhead_bytes", &overhead, "Memory that the tracker used for itself.")
        visitor.unlessZero("unsized", &unsized, "Objects without a size, because they changed or died meanwhile.")
        visitor.unlessZero("missed", &missed, "Births and deaths that could not be recorded since the tracker began.")
        visitor.unlessZero("skipped_snapshots", &skipped, "Periodic snapshots that were left out since the one before.")
        visitor.always("duration_seconds", &duration, "How long the snapshot took.")
        visitor.unless(.inProcess, "isolation", &isolation, "Where objects were sized.")
        visitor.optional("pause_seconds", &pause, "How long the kernel copied the process.")
        visitor.optional("not_forked", &notForked, "Why a forked snapshot was taken in process.")
        processMemory.visitMain(&visitor)
        processMemory.visitRest(&visitor)
    }
}

extension ClassSizeRecord: RecordBody {
    @usableFromInline
    package static var blank: ClassSizeRecord {
        ClassSizeRecord(snapshot: 0, timestamp: 0, wallTime: 0, name: "", size: ClassSize())
    }

    @inlinable
    package mutating func visitFields(_ visitor: inout some FieldVisitor & ~Copyable) {
        visitor.times(&timestamp, &wallTime)
        visitor.required("snapshot", &snapshot, "Number of the snapshot.")
        visitor.required("name", &name, "Name that the objects were announced under.")
        visitor.required("active", &size.active, "Objects that were alive.")
        visitor.required("sum_bytes", &size.sum, "Bytes that they held together.")
        visitor.derived("average_bytes", size.average, "Bytes of one that could be sized, on average.")
        visitor.always("percent", &size.percentage, "Their part of the resident set, in percent.")
        visitor.always("created", &size.created, "Objects announced since the snapshot before.")
        visitor.always("destroyed", &size.destroyed, "Objects that died since the snapshot before.")
        visitor.unlessZero("unsized", &size.unsized, "Objects among the active ones without a size.")
        visitor.inFilesOnly { visitor in
            let left = visitor.tree(Field("merged", .known, "Sum of the objects' referents."), &size.merged)
            visitor.unlessZero(
                "referents_omitted",
                &size.omittedReferents,
                adding: left,
                "Referents that found no room in the list."
            )
        }
    }
}
