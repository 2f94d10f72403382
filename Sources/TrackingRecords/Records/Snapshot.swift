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
    public var classes: [String: ClassSize] = [:]
    /// How many names there are; in a stream ``classes`` is complete when it has as many.
    public var classCount = 0
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
    /// Their part of ``Snapshot/total``, in percent.
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
    public var average: Int { active > unsized ? sum / (active - unsized) : 0 }
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
