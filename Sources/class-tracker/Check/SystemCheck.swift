#if CLI
import ClassTracking
import SystemPackage

/// What of the agent works on this system, and why the rest does not.
struct SystemCheck {
    /// How one part is.
    enum State: String {
        /// It works.
        case works
        /// It does not work; nothing that is configured needs it.
        case missing
        /// The configuration needs it, and it does not work.
        case fails
        /// The configuration does without it.
        case off
    }

    /// One line of the report.
    struct Finding {
        /// A stable name.
        var name: String
        var state: State
        /// One sentence: what there is, or why not and what helps.
        var detail: String
    }

    private let configuration: ClassTracker.Configuration
    /// Whether the journal was asked for, rather than being the default.
    private let wantsJournal: Bool
    /// Keys of a rolling file that is not written.
    private let idleFileKeys: [ConfigurationKey]

    init(_ loader: ConfigurationLoader) {
        configuration = loader.configuration
        wantsJournal = loader.settings[.journalEnabled] != nil
        idleFileKeys = ConfigurationKey.allCases.filter {
            loader.settings[$0] != nil && $0.value(in: loader.configuration) == nil
        }
    }

    func findings() -> [Finding] {
        var findings = memory()
        findings.append(limit())
        let isForking = configuration.isolation == .forked || configuration.spikeIsolation == .forked
        findings.append(ForkedProbe.finding(budget: configuration.pauseBudget, isNeeded: isForking))
        let file = file()
        findings += [journal(fileWorks: file.state == .works), journalReading(), file]
        return findings
    }

    // MARK: Process memory

    private func memory() -> [Finding] {
        let reader = ProcessMemoryReader(resetsPeak: configuration.resetPeak)
        var failure: ProcessMemoryReader.Failure?
        let reading = reader.read(failure: &failure)
        let (given, missing) = Self.fields(of: reading.memory)
        var status = Finding(
            name: "status",
            state: .works,
            detail: "/proc/self/status: the kernel gives \(given.count) of \(given.count + missing.count) figures"
        )
        if !missing.isEmpty { status.detail += ", not \(missing.joined(separator: ", "))" }
        var peak = Finding(name: "peak", state: .works, detail: "/proc/self/clear_refs: peaks between samples are seen")
        switch failure {
        case .statusUnreadable:
            status = Finding(name: "status", state: .fails, detail: failure?.description ?? "")
            peak = Finding(name: "peak", state: .fails, detail: "not known without /proc/self/status")
        case .peakNotResettable:
            peak = Finding(name: "peak", state: .fails, detail: failure?.description ?? "")
        case nil:
            if given.isEmpty { status.state = .fails }
        }
        if !configuration.resetPeak {
            peak = Finding(name: "peak", state: .off, detail: "reset-peak is false: short spikes are not seen")
        }
        return [status, peak]
    }

    private static func fields(of memory: ProcessMemory) -> (given: [String], missing: [String]) {
        let fields: [(String, Int?)] = [
            ("VmSize", memory.virtualSize), ("VmPeak", memory.peakVirtualSize), ("VmRSS", memory.residentSet),
            ("VmHWM", memory.peakResidentSet), ("RssAnon", memory.residentAnonymous), ("RssFile", memory.residentFile),
            ("RssShmem", memory.residentShared), ("VmData", memory.dataSize), ("VmStk", memory.stackSize),
            ("VmExe", memory.executableSize), ("VmLib", memory.librarySize), ("VmPTE", memory.pageTableSize),
            ("VmSwap", memory.swapSize), ("Threads", memory.threadCount),
        ]
        return (fields.filter { $0.1 != nil }.map(\.0), fields.filter { $0.1 == nil }.map(\.0))
    }

    private func limit() -> Finding {
        let limit = MemoryLimit.current()
        let text = limit.map { "the control group allows \(ByteCount($0))" } ?? "no control group limits the memory"
        return Finding(name: "limit", state: .works, detail: text)
    }

    // MARK: Sinks

    private func journal(fileWorks: Bool) -> Finding {
        let name = "journal"
        guard configuration.journal.enabled else {
            return Finding(name: name, state: .off, detail: "journal.enabled is false")
        }
        guard let error = JournalProbe.error() else {
            return Finding(name: name, state: .works, detail: "\(JournalProbe.socketPath): journald listens")
        }
        // By default the journal is one of two places; records must go somewhere.
        let isNeeded = wantsJournal || !fileWorks
        let remedy = configuration.file == nil ? "; set file.path to record to a file" : ""
        return Finding(name: name, state: isNeeded ? .fails : .missing, detail: error + remedy)
    }

    private func journalReading() -> Finding {
        do {
            _ = try JournalSource(directory: nil, unit: nil) { _ in }
            return Finding(name: "journal-reading", state: .works, detail: "tail and spikes can read the journal")
        } catch {
            return Finding(name: "journal-reading", state: .missing, detail: error.message)
        }
    }

    private func file() -> Finding {
        guard let file = configuration.file else {
            let keys = idleFileKeys.map(\.rawValue).joined(separator: ", ")
            let detail = "file.path is not set" + (keys.isEmpty ? "" : "; without it these do nothing: \(keys)")
            return Finding(name: "file", state: .off, detail: detail)
        }
        do {
            try RollingFileSink.probe(file)
            return Finding(name: "file", state: .works, detail: "\(file.path): can be written")
        } catch .busy {
            return Finding(name: "file", state: .works, detail: "\(file.path): another process writes it now")
        } catch {
            return Finding(name: "file", state: .fails, detail: error.description)
        }
    }
}
#endif
