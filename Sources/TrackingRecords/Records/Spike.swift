/// A rise of the resident set far above its usual level.
///
/// A spike that lasts is recorded several times under one ``number``: when it begins (``State/ongoing``), so that a
/// person can be alerted, each time its height has doubled, and when it or the stream has ended. A spike between two
/// samples is recorded once.
///
/// Everything in it is a difference from one moment, ``begin``: the height, and the growth. So the figures add up, in
/// bytes; those that have no property are in ``Record/jsonLine``:
///
///     sum of grown + grown_omitted_bytes + untracked - surplus_bytes = excess
public struct Spike: Sendable, Equatable {
    /// Indicates whether the spike is ongoing.
    @nonexhaustive
    public enum State: String, Sendable, Hashable {
        /// The spike began; its end is not known yet.
        case ongoing
        /// The spike has ended.
        case ended
    }

    /// The way in which a spike ended.
    @nonexhaustive
    public enum Outcome: String, Sendable, Hashable {
        /// Memory fell back to the baseline.
        case transient
        /// Memory stayed high; its level is the new baseline.
        case newLevel = "new_level"
        /// The stream was closed while memory was still high.
        case streamEnd = "stream_end"
    }

    /// One sample before the spike.
    @usableFromInline
    package struct Point: Sendable, Hashable {
        /// The time in seconds since the tracker began.
        @usableFromInline
        package var timestamp: Double
        /// The resident set, in bytes.
        @usableFromInline
        package var residentSet: Int
        /// The largest resident set since the previous sample, in bytes.
        @usableFromInline
        package var intervalPeak: Int

        /// Creates a point.
        package init(timestamp: Double, residentSet: Int, intervalPeak: Int) {
            self.timestamp = timestamp
            self.residentSet = residentSet
            self.intervalPeak = intervalPeak
        }
    }

    /// The time at which this record was made, in seconds since the tracker began.
    public var timestamp: Double
    /// The time at which this record was made, in seconds since 1970.
    public var wallTime: Double
    /// The number of the spike in its run, from 1.
    public var number: Int
    /// Indicates whether the spike is ongoing.
    public var state: State
    /// The moment with which everything is compared, in seconds since the tracker began: the last sample at which
    /// memory was at its usual level, and in a ramp the one before memory began to rise.
    ///
    /// The kernel records the height of a peak, not its time, so the precision of every time of a spike is one
    /// interval.
    public var begin: Double
    /// The time of the sample with the highest peak, in seconds since the tracker began.
    public var peakTime: Double
    /// The time of the sample at which memory was back, or the new level established; in seconds since the tracker
    /// began.
    public var end: Double?
    /// The resident set at ``begin``, in bytes.
    public var baseline: Int
    /// The highest resident set, in bytes.
    public var peak: Int
    /// The height above the baseline that the peak had to exceed, in bytes.
    public var threshold: Int
    /// The number of further records of the spike, because its height had doubled.
    @usableFromInline
    package var updates: Int
    /// Indicates whether it began and ended between two samples, so that no sample's resident set shows it.
    public var betweenSamples: Bool
    /// The way in which it ended; `nil` while it is ongoing.
    public var outcome: Outcome?
    /// The resident set after it, in bytes; `nil` while it is ongoing.
    public var level: Int?
    /// The number of spikes since the previous one that the cooldown suppressed.
    @usableFromInline
    package var suppressed: Int
    /// The samples before it, oldest first.
    @usableFromInline
    package var before: [Point]
    /// The changes of tracked objects from ``begin`` until memory was up, by name, the most bytes first.
    ///
    /// Names with fewer bytes are included. Empty if nothing is tracked.
    public var grown: [ClassGrowth]
    /// The number of names that are missing in ``grown``, because they did not fit into a record.
    @usableFromInline
    package var omittedGrowth: Int
    /// The sum of the growth of the names missing in ``grown``, in bytes.
    @usableFromInline
    package var omittedGrowthBytes: Int
    /// The time at which the growth was measured, in seconds since the tracker began; `nil` if nothing is tracked.
    @usableFromInline
    package var grownTime: Double?
    /// The time of the snapshot from which the bytes held at ``begin`` were estimated, in seconds since the tracker
    /// began.
    ///
    /// `nil` if there is a snapshot of that moment, so that the bytes were measured. Numbers of instances are exact in
    /// either case.
    @usableFromInline
    package var estimatedFrom: Double?
    /// The part of the excess that tracked objects do not account for, in bytes; `nil` if nothing is tracked.
    public var untracked: Int?
    /// The part of ``untracked`` by which memory rose after the growth was measured, in bytes: it may belong to tracked
    /// objects.
    @usableFromInline
    package var unseen: Int
    /// The bytes by which the growth exceeds the excess: pages of blocks that were never written, and free memory that
    /// was already resident.
    @usableFromInline
    package var surplus: Int
    /// The increase of tracked objects from ``begin`` to the end of a spike whose level remains, by name, the most
    /// bytes first.
    @usableFromInline
    package var levelGrown: [ClassGrowth]
    /// The number of names that are missing in ``levelGrown``.
    @usableFromInline
    package var levelOmitted: Int
    /// The sum of the increase of those names, in bytes.
    @usableFromInline
    package var levelOmittedBytes: Int
    /// The bytes by which ``level`` minus ``baseline`` exceeds the increase of tracked objects, negative if it is less;
    /// `nil` if nothing is tracked, or memory fell back.
    @usableFromInline
    package var levelUntracked: Int?

    /// ``peak`` above ``baseline``, in bytes.
    public var excess: Int { peak &- baseline }

    /// The time of its peak, in seconds since 1970.
    package var peakWallTime: Double { wallTime - (timestamp - peakTime) }

    /// ``end`` minus ``begin``, in seconds: an upper bound, see ``begin``.
    ///
    /// `nil` while the spike is ongoing.
    public var duration: Double? {
        // Computed from the times as records hold them, so that reading a record gives the same duration.
        end.map { (($0 * 1_000_000).rounded() - (begin * 1_000_000).rounded()) / 1_000_000 }
    }

    /// Creates a spike that has just begun.
    ///
    /// - Parameters:
    ///   - number: Its number in the run, from 1.
    ///   - timestamp: The time in seconds since the tracker began.
    ///   - wallTime: The time in seconds since 1970.
    ///   - begin: The last sample at which memory was at its usual level, in seconds since the tracker began.
    ///   - baseline: The resident set at that moment, in bytes.
    ///   - peak: The highest resident set, in bytes.
    ///   - threshold: The height above the baseline that the peak had to exceed, in bytes.
    package init(
        number: Int,
        timestamp: Double,
        wallTime: Double,
        begin: Double,
        baseline: Int,
        peak: Int,
        threshold: Int
    ) {
        self.number = number
        self.timestamp = timestamp
        self.wallTime = wallTime
        self.begin = begin
        self.baseline = baseline
        self.peak = peak
        self.threshold = threshold
        state = .ongoing
        peakTime = timestamp
        end = nil
        updates = 0
        betweenSamples = false
        outcome = nil
        level = nil
        suppressed = 0
        before = []
        grown = []
        omittedGrowth = 0
        omittedGrowthBytes = 0
        grownTime = nil
        estimatedFrom = nil
        untracked = nil
        unseen = 0
        surplus = 0
        levelGrown = []
        levelOmitted = 0
        levelOmittedBytes = 0
        levelUntracked = nil
    }
}

extension Spike.State: FieldChoice {}
extension Spike.Outcome: FieldChoice {}

extension Spike: RecordBody {
    /// The largest number of bytes of ``grown`` in a record, so that ``before`` fits too.
    @usableFromInline
    static let grownLimit = 1600
    /// The largest number of bytes of ``levelGrown`` in a record.
    @usableFromInline
    static let levelGrownLimit = 600

    @usableFromInline
    package static var blank: Spike {
        Spike(number: 0, timestamp: 0, wallTime: 0, begin: 0, baseline: 0, peak: 0, threshold: 0)
    }

    @inlinable
    package mutating func visitFields(_ visitor: inout some FieldVisitor & ~Copyable) {
        visitor.times(&timestamp, &wallTime)
        visitor.required("spike", &number, "Number of the spike in its run, from 1.")
        visitor.required("state", &state, "Whether the spike is over.")
        visitor.required("begin_t_seconds", &begin, "The moment that everything is compared with.")
        visitor.required("peak_t_seconds", &peakTime, "The sample that brought the highest peak.")
        visitor.optional("end_t_seconds", &end, "The sample that found memory back, or at a new level.")
        visitor.derived("duration_seconds", duration, "End minus beginning.")
        visitor.required("baseline_bytes", &baseline, "Resident set at the beginning.")
        visitor.required("peak_bytes", &peak, "Highest resident set.")
        visitor.derived("excess_bytes", excess, "Peak minus baseline.")
        visitor.always("threshold_bytes", &threshold, "How far above normal the peak had to be.")
        visitor.unlessZero("updates", &updates, "How often it was recorded again since its height doubled.")
        visitor.always("between_samples", &betweenSamples, "Whether it began and ended between two samples.")
        visitor.optional("outcome", &outcome, "How the spike ended.")
        visitor.optional("level_bytes", &level, "Resident set that the spike left behind.")
        visitor.always("suppressed", &suppressed, "Firings that the cooldown suppressed since the spike before.")
        visitGrowth(&visitor)
        visitLevel(&visitor)
        _ = visitor.rows(Field("before", .known, "The samples before the spike, oldest first."), &before, .latest)
    }

    @inlinable
    package mutating func visitGrowth(_ visitor: inout some FieldVisitor & ~Copyable) {
        let field = Field("grown", .known, "How tracked objects changed, by name, the most bytes first.")
        let left = visitor.rows(field, &grown, .first(limit: Self.grownLimit))
        let bytes = Self.bytes(of: grown, last: left)
        visitor.unlessZero("grown_omitted", &omittedGrowth, adding: left, "Names that found no room in the list.")
        visitor.unlessZero("grown_omitted_bytes", &omittedGrowthBytes, adding: bytes, "Bytes that those grew by.")
        visitor.optional("grown_t_seconds", &grownTime, "When tracked objects were looked at.")
        visitor.optional(
            "grown_from_t_seconds",
            &estimatedFrom,
            "Time of the snapshot that the bytes at the beginning were estimated from."
        )
        visitor.optional("untracked_bytes", &untracked, "Part of the excess that no tracked object accounts for.")
        visitor.unlessZero("unseen_bytes", &unseen, "Part of that by which memory rose after the look.")
        visitor.unlessZero("surplus_bytes", &surplus, "Bytes by which the growth is more than the excess.")
    }

    @inlinable
    package mutating func visitLevel(_ visitor: inout some FieldVisitor & ~Copyable) {
        let field = Field("level_grown", .known, "What tracked objects hold more at the end of a spike that stayed up.")
        let left = visitor.rows(field, &levelGrown, .first(limit: Self.levelGrownLimit))
        let bytes = Self.bytes(of: levelGrown, last: left)
        visitor.unlessZero("level_grown_omitted", &levelOmitted, adding: left, "Names that found no room.")
        visitor.unlessZero(
            "level_grown_omitted_bytes",
            &levelOmittedBytes,
            adding: bytes,
            "Bytes that those hold more."
        )
        visitor.optional(
            "level_untracked_bytes",
            &levelUntracked,
            "Rest of the level above the baseline; negative where tracked objects hold more than it."
        )
    }

    @usableFromInline
    static func bytes(of grown: [ClassGrowth], last count: Int) -> Int {
        grown.suffix(count).reduce(0) { $0 &+ $1.figure }
    }
}
