public import SystemPackage
public import TrackingRecords

/// The analysis of what a tracker recorded: of a live tracker, of a dump, or of the files of an agent.
///
/// ```swift
/// let stats = try ConsoleStats(contentsOf: "profile.jsonl")
/// stats.sortStats(by: .size).printStats(className: "Node", limit: 10)
/// ```
///
/// Statistics cover one run of a process. If a file has several runs, the latest one counts;
/// ``ConsoleStats/runs(contentsOf:)`` returns all of them.
public class Stats {
    /// All data of the run.
    package internal(set) var contents = StatsContents()
    /// The origin of the contents, as part of a sentence; `nil` for contents of a file.
    package var source: String?
    /// The positions of the objects in the order of the latest sort; `nil` before the first one.
    var order: [Int]?

    /// Creates statistics without contents, for ``loadStats(from:)``.
    public init() {}

    /// Creates statistics of a run.
    ///
    /// - Parameter contents: All data of the run.
    package convenience init(_ contents: StatsContents) {
        self.init()
        self.contents = contents
    }

    /// Creates statistics of the contents of a tracker.
    ///
    /// - Parameters:
    ///   - header: The process.
    ///   - snapshots: Its snapshots, oldest first.
    ///   - index: Its objects by name.
    ///   - history: The instance counts over time, by name.
    ///   - traces: The stacks that created objects.
    ///   - samples: Its periodic samples.
    ///   - spikes: Its spikes.
    package convenience init(
        header: Header?,
        snapshots: [Snapshot],
        index: [String: [TrackedObjectRecord]] = [:],
        history: [String: [InstanceCount]] = [:],
        traces: [InstantiationTrace] = [],
        samples: SampleSeries = SampleSeries(),
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
        contents.samples = samples
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

    /// Loads a file, in place of everything that was known before.
    ///
    /// The rotated files of an active file are read too, oldest first, even while a process writes them. A torn last line,
    /// which a killed process leaves behind, is skipped.
    ///
    /// - Parameter path: A dump, the active file of an agent, a directory of such files, or `-` for standard input.
    /// - Returns: The statistics themselves.
    /// - Throws: ``StatsError``; everything stays as it was then.
    @discardableResult
    public func loadStats(from path: FilePath) throws(StatsError) -> Self {
        guard let latest = try Self.read(path).last else { throw .nothing(path: path.string) }
        contents = latest
        source = nil
        order = nil
        return self
    }

    /// Reads the runs in a file, in the order in which they began.
    package static func contents(ofRunsIn path: FilePath) throws(StatsError) -> [StatsContents] {
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
    /// The file is complete or absent at any time: it is written under another name first. A dump that is loaded and dumped
    /// again is the same byte for byte.
    ///
    /// - Parameter path: The file. An existing file is replaced; a symbolic link is replaced too, never followed.
    /// - Returns: The statistics themselves.
    /// - Throws: ``StatsError`` with the code ``StatsError/Code/cannotWrite``.
    @discardableResult
    public func dumpStats(to path: FilePath) throws(StatsError) -> Self {
        try DumpWriter.write(contents, to: path)
        return self
    }

    // MARK: Contents

    /// The process.
    public var header: Header? { contents.header }

    /// The snapshots, oldest first; computed with each call.
    public var snapshots: [Snapshot] { contents.snapshots }

    /// The objects by name, in the order in which tracking began; computed with each call.
    public var index: [String: [TrackedObjectRecord]] { contents.index }

    /// The instance counts over time, by name.
    public var history: [String: [InstanceCount]] { contents.history }

    /// The stacks that created objects, by `TrackedObjectRecord.trace`.
    public var traces: [Int: InstantiationTrace] { contents.traces }

    /// The samples, oldest first.
    ///
    /// In a long run each of them sums up several, as its `Sample.window` says.
    public var samples: [Sample] { contents.samples.samples }

    /// The spikes, oldest first, each of them once.
    public var spikes: [Spike] { contents.spikes }

    /// The names under which objects are tracked, ascending.
    public var trackedClasses: [String] { contents.names }
}
