/// What all tracked objects held at one moment, beside the memory of the process.
///
/// In the stream a snapshot is one `snapshot` record, followed by one `class` record for each name. Readers put them
/// together again by ``number``.
public struct Snapshot: Sendable, Equatable {
    /// Counts the snapshots of a tracker, from 1.
    public var number: Int
    /// Seconds since the tracker began when the snapshot was begun; of a forked one, of the instant that it shows.
    public var timestamp: Double
    /// The same in seconds since 1970.
    public var wallTime: Double
    /// What the caller said that it is of; empty for periodic ones.
    public var description = ""
    /// Whether the timer took it.
    public var isPeriodic = false
    /// Bytes that all tracked objects held, what they share counted once.
    public var trackedTotal = 0
    /// Bytes in use in the malloc heap; `nil` where they were not asked for.
    public var heapTotal: Int?
    /// Bytes of memory that the tracker used for itself.
    public var overhead = 0
    /// What the kernel said of the process.
    public var processMemory = ProcessMemory()
    /// Objects that changed or died while they were read, so that their size is not in the totals.
    public var unsized = 0
    /// Seconds that the snapshot took.
    public var duration = 0.0
    /// How it was taken.
    public var isolation = Isolation.inProcess
    /// Seconds for which threads of the process may have been held up, while the kernel made its copy; `nil` where none was
    /// made.
    public var pause: Double?
    /// Why it was taken in process although a forked one was asked for; `nil` where it was not.
    public var notForked: String?
    /// Births and deaths that could not be recorded since the tracker began.
    public var missed = 0
    /// Periodic snapshots that were left out since the one before, because the tracker had used the processor time it may
    /// use, or one was still being taken.
    public var skipped = 0
    /// Tracked objects that have no `object` record in the stream for this snapshot, because there were too many.
    public var omittedObjects = 0
    /// By the name that objects were announced under.
    ///
    /// A name that is missing has no instance, had none at the snapshot before, and none in between. Names that somebody
    /// asked for, rather than for all that match a pattern, are never missing.
    public var classes: [String: ClassSize] = [:]
    /// How many names there are; in a stream ``classes`` is complete when it has as many.
    public var classCount = 0
    /// Names that match a pattern and have never had an instance.
    public var unusedClasses = 0
    /// How many objects were alive.
    public var objectCount = 0

    /// Where tracked objects are sized.
    public enum Isolation: String, Sendable, Hashable, CaseIterable {
        /// In the process itself, whose threads go on: objects that change meanwhile have the size of no one moment.
        case inProcess = "in-process"
        /// In a copy of the process, which shows one instant. The kernel makes it as for fork(2), and threads that write are
        /// held up meanwhile.
        case forked
    }

    /// Makes a snapshot of nothing.
    ///
    /// - Parameters:
    ///   - number: Its number, from 1.
    ///   - timestamp: Seconds since the tracker began.
    ///   - wallTime: Seconds since 1970.
    public init(number: Int, timestamp: Double, wallTime: Double) {
        self.number = number
        self.timestamp = timestamp
        self.wallTime = wallTime
    }

    /// Bytes of address space that the process had: its virtual size, or what else is known where the kernel does not
    /// tell.
    public var total: Int { processMemory.virtualSize ?? heapTotal ?? trackedTotal }

    /// Bytes of which the classes' percentages are: the resident set; where the kernel does not tell it, the malloc heap or
    /// what is tracked.
    ///
    /// Of the virtual size, most of which no memory stands behind, a percentage says nothing.
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
    /// The snapshot as a record of the stream: ``classes`` counted only.
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

    /// The record of one of the names.
    package func record(of name: String) -> ClassSizeRecord? {
        classes[name]
            .map {
                ClassSizeRecord(snapshot: number, timestamp: timestamp, wallTime: wallTime, name: name, size: $0)
            }
    }
}

/// What the objects under one name held at a snapshot.
public struct ClassSize: Sendable, Equatable {
    /// Objects that were alive.
    public var active = 0
    /// Bytes that they held together.
    public var sum = 0
    /// Their part of the resident set at that moment, in percent; of the malloc heap, or else of all tracked objects, where
    /// the kernel did not tell it.
    public var percentage = 0.0
    /// Objects announced since the snapshot before.
    public var created = 0
    /// Objects that died since the snapshot before.
    public var destroyed = 0
    /// Objects among the active ones whose size is not in the sum.
    public var unsized = 0
    /// The sum of their referents, by name; `nil` where no object has a resolution level.
    public var merged: SizedObject?
    /// Referents that are missing in ``merged``, because they did not fit into a record.
    public var omittedReferents = 0

    /// Makes the size of no objects.
    public init() {}

    /// Bytes of one object on average, of those that could be sized.
    public var average: Int { active > unsized && unsized >= 0 ? sum / (active - unsized) : 0 }
}

/// The size of the objects under one name, as a record of its own: `class`.
public struct ClassSizeRecord: Sendable, Equatable {
    /// The snapshot's ``Snapshot/number``.
    public var snapshot: Int
    /// Seconds since the tracker began, as the snapshot's.
    public var timestamp: Double
    /// Seconds since 1970, as the snapshot's.
    public var wallTime: Double
    /// What the objects were announced under.
    public var name: String
    /// What they held.
    public var size: ClassSize

    /// Makes a record.
    ///
    /// - Parameters:
    ///   - snapshot: The snapshot's number.
    ///   - timestamp: Seconds since the tracker began.
    ///   - wallTime: Seconds since 1970.
    ///   - name: What the objects were announced under.
    ///   - size: What they held.
    public init(snapshot: Int, timestamp: Double, wallTime: Double, name: String, size: ClassSize) {
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
