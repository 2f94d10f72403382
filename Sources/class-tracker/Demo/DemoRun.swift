#if CLI
import ClassTracking
import Glibc

/// One run of the demo, from the first sample to the summary.
struct DemoRun {
    /// The seconds that the end waits for an output that is not read.
    private static let patience = 2.0

    let plan: DemoPlan
    let configuration: ClassTracker.Configuration
    let duration: Duration
    let isQuiet: Bool

    func run() throws(CommandFailure) {
        let signals = StopSignals()
        let output = Output.standard
        if !isQuiet, output.isTerminal { output.line(introduction) }
        let printer = isQuiet ? nil : RowPrinter(output: output) { signals.stop() }
        let live = LiveSink(palette: output.palette, printer: printer)
        let tracker = ClassTracker(configuration: configuration) { [live] }
        let service = DemoService(plan: plan)
        let notifier = ServiceNotifier()
        if let complaint = notifier.complaint(interval: plan.interval) { Diagnostics.say(complaint) }
        do {
            // If classes cannot be tracked, the memory of the process is recorded all the same.
            try DemoService.track(with: tracker)
        } catch {
            Diagnostics.say("\(error)")
        }
        do {
            try tracker.startPeriodicSnapshots(interval: configuration.interval) { sample in
                service.sampled(at: sample.timestamp)
                notifier.sampled(sample, of: tracker)
            }
        } catch {
            throw CommandFailure(error)
        }
        // A little shorter, so that the stop takes the last sample instead of a tick right before it.
        let seconds = duration.inSeconds - min(duration.inSeconds, plan.interval) / 20
        signals.wait(limit: duration == .zero ? nil : seconds)
        notifier.stopping()
        tracker.stopPeriodicSnapshots()
        guard let printer else { return }
        // The records are stored. If the table is not read, the demo does not wait for it.
        guard printer.finish(within: Self.patience) else { exit(0) }
        conclude(live.summary, tracker.status)
    }

    private var introduction: String {
        let size = ByteText(plan.spikeBytes).description
        let end = duration == .zero ? "until interrupted" : "for \(TimeText(duration.inSeconds))"
        return "A service with a leak, a busy phase, and a spike of \(size) for \(TimeText(plan.spikeLength))\n"
            + "between two samples; a sample every \(TimeText(plan.interval)), \(end)."
    }

    private func conclude(_ summary: StreamSummary, _ status: ClassTracker.Status) {
        let output = Output.standard
        output.line("")
        if !summary.spikes.isEmpty {
            output.line(SpikeTable.text(of: summary.spikes, showsProcess: false))
            output.line("")
        }
        output.line("Found \(summary.text).")
        for sink in status.sinks {
            if case .degraded(let reason) = sink.condition {
                Diagnostics.say("\(sink.name): \(sink.destination): \(reason)")
            }
        }
        guard let file = status.sinks.first(where: { $0.name == "file" })?.destination else { return }
        let word = Self.shellWord(file.hasPrefix("-") ? "./" + file : file).printable
        output.line("The records are in \(file.printable). To see them:")
        output.line("  class-tracker tail \(word)")
        output.line("  class-tracker spikes \(word)")
        output.line("  class-tracker report \(word)")
        output.line("  class-tracker html \(word)")
        if status.sinks.contains(where: { $0.name == "journal" && $0.delivered > 0 }) {
            output.line("  journalctl -t \(Self.shellWord(configuration.journal.identifier))")
        }
    }

    /// Quotes a text for a shell.
    private static func shellWord(_ text: String) -> String {
        let isPlain = text.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || ("0"..."9").contains($0) || "/._-+".unicodeScalars.contains($0)
        }
        if isPlain { return text }
        return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
#endif
