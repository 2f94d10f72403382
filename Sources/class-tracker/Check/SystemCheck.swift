#if CLI
import ClassTracking
import SystemPackage

/// Finds out which parts of the agent work on this system, and why the others do not.
struct SystemCheck {
    /// The state of one part.
    enum State: String {
        /// The part works.
        case works
        /// The part does not work, and the configuration does not need it.
        case missing
        /// The part does not work, and the configuration needs it.
        case fails
        /// The configuration switches the part off.
        case off
    }

    /// One line of the report.
    struct Finding {
        /// A stable name.
        var name: String
        var state: State
        /// One sentence: the facts, or the reason and the remedy.
        var detail: String
    }

    private let configuration: ClassTracker.Configuration
    /// Indicates whether a layer of the configuration sets `journal.enabled`, rather than the default.
    private let wantsJournal: Bool
    /// The keys of the rolling file that are set although there is no file.
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
        let (given, missing) = reading.memory.kernelLines
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

    private func limit() -> Finding {
        let limit = MemoryLimit.current()
        let text = limit.map { "the control group allows \(ByteText($0))" } ?? "no control group limits the memory"
        return Finding(name: "limit", state: .works, detail: text)
    }

    // MARK: Sinks

    private func journal(fileWorks: Bool) -> Finding {
        let name = "journal"
        guard configuration.journal.enabled else {
            return Finding(name: name, state: .off, detail: "journal.enabled is false")
        }
        guard let obstacle = JournalSink.obstacle(configuration.journal) else {
            return Finding(name: name, state: .works, detail: "\(configuration.journal.socketPath): journald listens")
        }
        // By default the journal is needed only if there is no file: records must go somewhere.
        let isNeeded = wantsJournal || !fileWorks
        let remedy = configuration.file == nil ? "; set file.path to record to a file" : ""
        return Finding(name: name, state: isNeeded ? .fails : .missing, detail: obstacle + remedy)
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
            let idle = keys.isEmpty ? "" : "; without it these keys have no effect: \(keys)"
            let detail = "file.path is not set" + idle
            return Finding(name: "file", state: .off, detail: detail)
        }
        do {
            try RollingFileSink.probe(file)
            return Finding(name: "file", state: .works, detail: "\(file.path): can be written")
        } catch .busy {
            return Finding(name: "file", state: .works, detail: "\(file.path): another process is writing it")
        } catch {
            return Finding(name: "file", state: .fails, detail: error.description)
        }
    }
}
#endif
