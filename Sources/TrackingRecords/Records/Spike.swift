/// A rise of the resident set far above what was normal.
///
/// A spike that lasts is recorded several times under one ``number``: when it begins (``State/ongoing``), so that somebody
/// can be woken, each time its height has doubled, and when it or the stream has ended. A spike between two samples is
/// recorded once.
///
/// Everything in it is a difference against one moment, ``begin``: the height, and what grew. So the figures add up:
///
///     sum of grown + omittedGrowthBytes + untracked - surplus = excess
public struct Spike: Sendable, Equatable {
    /// Whether the spike goes on.
    public enum State: String, Sendable, Hashable {
        /// It began; what follows is not known yet.
        case ongoing
        /// It is over.
        case ended
    }

    /// How a spike ended.
    public enum Outcome: String, Sendable, Hashable {
        /// Memory came back down to the baseline.
        case transient
        /// Memory stayed up; the new level is what is normal from now on.
        case newLevel = "new_level"
        /// The stream ended in order while memory was still up.
        case streamEnd = "stream_end"
    }

    /// One sample before the spike.
    public struct Point: Sendable, Hashable {
        /// Seconds since the tracker began.
        public var timestamp: Double
        /// Resident set, in bytes.
        public var residentSet: Int
        /// Largest resident set since the sample before, in bytes.
        public var intervalPeak: Int

        /// Makes a point.
        public init(timestamp: Double, residentSet: Int, intervalPeak: Int) {
            self.timestamp = timestamp
            self.residentSet = residentSet
            self.intervalPeak = intervalPeak
        }
    }

    /// Seconds since the tracker began when this record was made.
    public var timestamp: Double
    /// Seconds since 1970 when this record was made.
    public var wallTime: Double
    /// Counts the spikes of a run, from 1.
    public var number: Int
    /// Whether it goes on.
    public var state: State
    /// The moment that everything is compared with, in seconds since the tracker began: the last sample at which memory
    /// was normal, and in a ramp the one before memory began to rise.
    ///
    /// The kernel keeps the height of a peak, not its time, so every time of a spike is known to one interval.
    public var begin: Double
    /// The sample that brought the highest peak, in seconds since the tracker began.
    public var peakTime: Double
    /// The sample that found memory back at normal, or the new level established; in seconds since the tracker began.
    public var end: Double?
    /// The resident set at ``begin``, in bytes.
    public var baseline: Int
    /// The highest resident set, in bytes.
    public var peak: Int
    /// How far above normal the peak had to be, in bytes.
    public var threshold: Int
    /// How often it was told again because its height had doubled.
    public var updates: Int
    /// Whether it began and ended between two samples, so that no sample's resident set shows it.
    public var betweenSamples: Bool
    /// How it ended; `nil` while it goes on.
    public var outcome: Outcome?
    /// The resident set it left behind, in bytes; `nil` while it goes on.
    public var level: Int?
    /// Firings since the spike before that were suppressed by the cooldown.
    public var suppressed: Int
    /// The samples before it, oldest first.
    public var before: [Point]
    /// How tracked objects changed from ``begin`` to ``grownTime``, by name, the most bytes first.
    ///
    /// Those that shrank are among them. Empty where nothing is tracked.
    public var grown: [ClassGrowth]
    /// Names that are missing in ``grown``, because they did not fit into a record.
    public var omittedGrowth: Int
    /// Bytes that the names missing in ``grown`` grew by together.
    public var omittedGrowthBytes: Int
    /// When what grew was looked at, in seconds since the tracker began; `nil` where nothing is tracked.
    public var grownTime: Double?
    /// The time of the snapshot that the bytes held at ``begin`` were estimated from, in seconds since the tracker began.
    ///
    /// `nil` where there is a snapshot of that moment, and the bytes are those that were measured. Numbers of instances
    /// are exact in either case.
    public var estimatedFrom: Double?
    /// Bytes of the excess that no tracked object accounts for; `nil` where nothing is tracked.
    public var untracked: Int?
    /// The part of ``untracked`` by which memory rose after the look at what grew, in bytes: it may be tracked or not.
    public var unseen: Int
    /// Bytes by which what grew is more than the excess: pages of blocks that were never touched, and memory that was
    /// resident before and free.
    public var surplus: Int
    /// What tracked objects hold at the end of what stayed up more than at ``begin``, by name, the most bytes first.
    public var levelGrown: [ClassGrowth]
    /// Names that are missing in ``levelGrown``.
    public var levelOmitted: Int
    /// Bytes that those hold more together.
    public var levelOmittedBytes: Int
    /// Bytes by which ``level`` is above ``baseline`` beyond what tracked objects hold more, negative where they hold
    /// more than that; `nil` where nothing is tracked, or memory came back.
    public var levelUntracked: Int?

    /// ``peak`` above ``baseline``, in bytes.
    public var excess: Int { peak &- baseline }

    /// When it was highest, in seconds since 1970.
    package var peakWallTime: Double { wallTime - (timestamp - peakTime) }

    /// ``end`` minus ``begin``, in seconds: an upper bound, see ``begin``.
    ///
    /// `nil` while the spike goes on.
    public var duration: Double? {
        // Of the times as records have them, so that it is the same when it is read back.
        end.map { (($0 * 1_000_000).rounded() - (begin * 1_000_000).rounded()) / 1_000_000 }
    }

    /// Makes a spike that has just begun.
    ///
    /// - Parameters:
    ///   - number: Its number in the run, from 1.
    ///   - timestamp: Seconds since the tracker began.
    ///   - wallTime: Seconds since 1970.
    ///   - begin: The last sample at which memory was normal, in seconds since the tracker began.
    ///   - baseline: The resident set at that moment, in bytes.
    ///   - peak: The highest resident set, in bytes.
    ///   - threshold: How far above normal the peak had to be, in bytes.
    public init(
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
    /// The most bytes of a record that ``grown`` takes, so that there is room for ``before``.
    @usableFromInline
    static let grownRoom = 1600
    /// The most bytes of a record that ``levelGrown`` takes.
    @usableFromInline
    static let levelGrownRoom = 600

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
        let left = visitor.rows(field, &grown, .first(room: Self.grownRoom))
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
        let left = visitor.rows(field, &levelGrown, .first(room: Self.levelGrownRoom))
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
