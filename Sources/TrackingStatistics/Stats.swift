public import SystemPackage
public import TrackingRecords

/// What a tracker gathered, for analysis: live, from a dump, or from the files an agent wrote.
///
/// ```swift
/// let stats = try ConsoleStats(contentsOf: "profile.jsonl")
/// stats.sortStats(by: .size).printStats(className: "Node", limit: 10)
/// ```
///
/// It covers one run of a process. Of files with several runs it takes the latest; ``runs(contentsOf:)`` has them all.
public class Stats {
    /// All that is known of the run.
    public internal(set) var contents: StatsContents
    /// Positions of the objects as they were sorted; `nil` before.
    var order: [Int]?

    /// Makes statistics of a run.
    ///
    /// - Parameter contents: What is known of it; nothing yet without one.
    public init(_ contents: StatsContents = StatsContents()) {
        self.contents = contents
    }

    /// Makes statistics of what a tracker has.
    ///
    /// - Parameters:
    ///   - header: Which process it is.
    ///   - snapshots: Its snapshots, oldest first.
    ///   - index: Its objects by the name they were announced under.
    ///   - history: How many instances there were over time, by name.
    ///   - traces: Where objects were created.
    ///   - spikes: Its spikes.
    public convenience init(
        header: Header?,
        snapshots: [Snapshot],
        index: [String: [TrackedObjectRecord]] = [:],
        history: [String: [InstanceCount]] = [:],
        traces: [InstantiationTrace] = [],
        spikes: [Spike] = []
    ) {
        var contents = StatsContents()
        contents.header = header
        contents.snapshots = snapshots
        contents.objects = index.count == 1 ? index.values.first ?? [] : index.values.flatMap(\.self)
        let isAscending = zip(contents.objects, contents.objects.dropFirst()).allSatisfy { $0.id < $1.id }
        if !isAscending { contents.objects.sort { $0.id < $1.id } }
        contents.history = history
        contents.traces = Dictionary(traces.map { ($0.id, $0) }, uniquingKeysWith: { _, later in later })
        contents.events = spikes.map { Record(.spike($0)) }
        self.init(contents)
    }

    /// Loads statistics; see ``loadStats(from:)``.
    ///
    /// - Parameter path: A dump, the active file of an agent, or a directory of such files.
    /// - Throws: ``StatsError``.
    public convenience init(contentsOf path: FilePath) throws(StatsError) {
        self.init()
        try loadStats(from: path)
    }

    /// Replaces what is known by what a file says.
    ///
    /// The rotated files of an active one are read too, oldest first, also while they are written. A torn last line, which
    /// a process leaves that is killed, is skipped.
    ///
    /// - Parameter path: A dump, the active file of an agent, a directory of such files, or `-` for standard input.
    /// - Returns: Itself.
    /// - Throws: ``StatsError``; then everything stays as it was.
    @discardableResult
    public func loadStats(from path: FilePath) throws(StatsError) -> Self {
        guard let latest = try Self.read(path).last else { throw .nothing(path: path.string) }
        contents = latest
        order = nil
        return self
    }

    /// The runs in a file, in the order in which they began.
    ///
    /// - Parameter path: As ``loadStats(from:)`` takes it.
    /// - Returns: What is known of each.
    /// - Throws: ``StatsError``.
    public static func runs(contentsOf path: FilePath) throws(StatsError) -> [StatsContents] {
        let runs = try read(path)
        if runs.isEmpty { throw .nothing(path: path.string) }
        return runs
    }

    private static func read(_ path: FilePath) throws(StatsError) -> [StatsContents] {
        let reader = StatsReader()
        try reader.read([path])
        if let damage = reader.damage { throw damage }
        return reader.finish()
    }

    /// Writes everything to a file that ``loadStats(from:)`` reads.
    ///
    /// The file is there as a whole or not at all: it is written under another name first. Loaded and dumped again, it is
    /// the same byte for byte.
    ///
    /// - Parameter path: The file; one that is there is replaced. A symbolic link is replaced too, never followed.
    /// - Returns: Itself.
    /// - Throws: ``StatsError/cannotWrite(path:operation:errno:)``.
    @discardableResult
    public func dumpStats(to path: FilePath) throws(StatsError) -> Self {
        try DumpWriter.write(contents, to: path)
        return self
    }

    // MARK: What is known

    /// Which process it is.
    public var header: Header? { contents.header }

    /// The snapshots, oldest first; made anew with each call.
    public var snapshots: [Snapshot] { contents.snapshots }

    /// The objects by the name they were announced under, in order of announcement; made anew with each call.
    public var index: [String: [TrackedObjectRecord]] { contents.index }

    /// How many instances there were over time, by name.
    public var history: [String: [InstanceCount]] { contents.history }

    /// Where objects were created, by what ``/TrackingRecords/TrackedObjectRecord/trace`` says.
    public var traces: [Int: InstantiationTrace] { contents.traces }

    /// The spikes, each once, oldest first.
    public var spikes: [Spike] { contents.spikes }

    /// The names that objects were announced under, ascending.
    public var trackedClasses: [String] { contents.names }
}
