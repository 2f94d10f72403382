/// A rise of the resident set far above what was normal.
///
/// A spike that lasts is recorded twice under one ``number``: when it begins (``State/ongoing``), so that somebody can be
/// woken, and when it has ended. A spike between two samples is recorded once.
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
    /// When it began, in seconds since the tracker began: the last sample at which memory was still normal.
    ///
    /// The kernel keeps the height of a peak, not its time, so every time of a spike is known to one interval.
    public var begin: Double
    /// The sample that brought the highest peak, in seconds since the tracker began.
    public var peakTime: Double
    /// The sample that found memory back at normal, or the new level established; in seconds since the tracker began.
    public var end: Double?
    /// What was normal before, in bytes.
    public var baseline: Int
    /// The highest resident set, in bytes.
    public var peak: Int
    /// How far above the baseline the peak had to be, in bytes.
    public var threshold: Int
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
    /// What tracked objects have to do with it, by name, the most bytes first; empty where nothing is tracked.
    public var grown: [ClassGrowth]
    /// Names that are missing in ``grown``, because they did not fit into a record.
    public var omittedGrowth: Int
    /// Bytes of the excess that no tracked object accounts for; `nil` where nothing is tracked.
    public var untracked: Int?

    /// ``peak`` above ``baseline``, in bytes.
    public var excess: Int { peak - baseline }

    /// When it was highest, in seconds since 1970.
    package var peakWallTime: Double { wallTime - (timestamp - peakTime) }

    /// ``end`` minus ``begin``, in seconds: an upper bound, see ``begin``.
    ///
    /// `nil` while the spike goes on.
    public var duration: Double? { end.map { $0 - begin } }

    /// Makes a spike that has just begun.
    ///
    /// - Parameters:
    ///   - number: Its number in the run, from 1.
    ///   - timestamp: Seconds since the tracker began.
    ///   - wallTime: Seconds since 1970.
    ///   - begin: The last sample at which memory was normal, in seconds since the tracker began.
    ///   - baseline: What was normal, in bytes.
    ///   - peak: The highest resident set, in bytes.
    ///   - threshold: How far above the baseline the peak had to be, in bytes.
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
        betweenSamples = false
        outcome = nil
        level = nil
        suppressed = 0
        before = []
        grown = []
        omittedGrowth = 0
        untracked = nil
    }
}
