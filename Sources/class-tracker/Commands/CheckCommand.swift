#if CLI
import ArgumentParser
import ClassTracking

/// `class-tracker check`.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Shows what works on this system, and the configuration in force.",
        discussion: """
            Reads the configuration as an agent does: from --set (as "run" has it), from the environment, and from the \
            file that --config or CLASS_TRACKER_CONFIG names. Each value is followed by its source and the values that it \
            overrides. Run it as the user of the service. The exit code is 69 if a part that is configured does not work, \
            and 78 if a key or a value is wrong, or the agent does not know a variable CLASS_TRACKER_….

            Examples:
              class-tracker check
              class-tracker check --config /etc/my-service/class-tracker.conf
              class-tracker check --set spike.floor=64MiB
              CLASS_TRACKER_FILE_PATH=/var/log/my-service/memory.jsonl class-tracker check
            """
    )

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "Print lines of JSON.")
    var json = false

    func run() throws {
        let loader = options.loader(environment: ClassTracker.Configuration.processEnvironment())
        // With such errors an agent does not start, so that no configuration is in force.
        if !loader.errors.isEmpty { try loader.check() }
        let findings = SystemCheck(loader).findings()
        let settings = Self.settings(of: loader)
        if json { Self.printJSON(findings, settings) } else { Self.printText(findings, settings) }
        let failed = findings.filter { $0.state == .fails }.map(\.name)
        try loader.check()
        if !failed.isEmpty {
            throw CommandFailure(.unavailable, "configured and not working: \(failed.joined(separator: ", "))")
        }
    }

    private struct Setting {
        var key: String
        var value: String
        var source: String
        /// The values of the lower layers, the next one first.
        var overridden: [ConfigurationLoader.Setting]
    }

    private static func settings(of loader: ConfigurationLoader) -> [Setting] {
        ConfigurationKey.allCases.compactMap { key in
            guard let value = key.value(in: loader.configuration) else { return nil }
            let layers = loader.settings[key] ?? []
            return Setting(
                key: key.rawValue,
                value: value,
                source: layers.last?.source ?? "default",
                overridden: layers.dropLast().reversed()
            )
        }
    }

    private static func printText(_ findings: [SystemCheck.Finding], _ settings: [Setting]) {
        let output = Output.standard
        let palette = output.palette
        for finding in findings {
            let word = finding.state.rawValue.left(8)
            let shown =
                switch finding.state {
                case .works: palette.memory(word)
                case .fails: palette.alarm(word)
                case .missing: palette.warning(word)
                case .off: palette.faint(word)
                }
            output.line("\(shown) \(finding.name.left(16)) \(finding.detail.printable)")
        }
        output.line("")
        let width = settings.map(\.value.printable.columns).max() ?? 0
        for setting in settings {
            let value = setting.value.printable.left(min(width, 40))
            let overridden = setting.overridden.map { "; overrides \($0.value) of \($0.source)" }.joined()
            let source = "\(setting.source)\(overridden)".printable
            output.line("\(setting.key.left(22)) \(value) \(palette.faint(source))")
        }
    }

    private static func printJSON(_ findings: [SystemCheck.Finding], _ settings: [Setting]) {
        for finding in findings {
            let members = [("check", finding.name), ("state", finding.state.rawValue), ("detail", finding.detail)]
            Output.standard.line(object(members))
        }
        for setting in settings {
            let overridden = setting.overridden.map { object([("value", $0.value), ("source", $0.source)]) }
            let overrides = overridden.isEmpty ? "" : ",\"overrides\":[\(overridden.joined(separator: ","))]"
            let members = [("key", setting.key), ("value", setting.value), ("source", setting.source)]
            Output.standard.line(object(members, more: overrides))
        }
    }

    private static func object(_ members: [(String, String)], more: String = "") -> String {
        let texts = members.map { "\(JSONText.quoted($0.0)):\(JSONText.quoted($0.1))" }
        return "{\(texts.joined(separator: ","))\(more)}"
    }
}
#endif
