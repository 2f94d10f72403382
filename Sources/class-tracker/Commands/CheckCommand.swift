#if CLI
import ArgumentParser
import ClassTracking
import SystemPackage

/// `class-tracker check`.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Tells what works on this system and why not, and the configuration in force.",
        discussion: """
            Takes the configuration as an agent would: from the environment, and from the file that --config or \
            CLASS_TRACKER_CONFIG names. Run it as the user of the service. The exit code is 69 if something that is \
            configured does not work, and 78 if the configuration is wrong.

            Examples:
              class-tracker check
              class-tracker check --config /etc/my-service/class-tracker.conf
              CLASS_TRACKER_FILE_PATH=/var/log/my-service/memory.jsonl class-tracker check
            """
    )

    @Option(help: ArgumentHelp("A configuration file.", valueName: "file"))
    var config: String?

    @Flag(help: "Print a JSON object a line.")
    var json = false

    func run() throws {
        let loader: ConfigurationLoader
        do {
            let environment = ClassTracker.Configuration.processEnvironment()
            loader = try ConfigurationLoader.load(file: config.map { FilePath($0) }, environment: environment)
        } catch {
            throw CommandFailure(error)
        }
        let findings = SystemCheck(loader).findings()
        let settings = Self.settings(of: loader)
        if json { Self.printJSON(findings, settings) } else { Self.printText(findings, settings) }
        let failed = findings.filter { $0.state == .fails }.map(\.name)
        if !failed.isEmpty {
            throw CommandFailure(.unavailable, "configured and not working: \(failed.joined(separator: ", "))")
        }
    }

    private struct Setting {
        var key: String
        var value: String
        var source: String
    }

    private static func settings(of loader: ConfigurationLoader) -> [Setting] {
        ConfigurationKey.allCases.compactMap { key in
            guard let value = key.value(in: loader.configuration) else { return nil }
            return Setting(key: key.rawValue, value: value, source: loader.sources[key] ?? "default")
        }
    }

    private static func printText(_ findings: [SystemCheck.Finding], _ settings: [Setting]) {
        let output = Output.standard
        let palette = output.palette
        for finding in findings {
            let word = finding.state.rawValue.leftAligned(8)
            let shown =
                switch finding.state {
                case .works: palette.memory(word)
                case .fails: palette.alarm(word)
                case .missing: palette.warning(word)
                case .off: palette.faint(word)
                }
            output.line("\(shown) \(finding.name.leftAligned(16)) \(finding.detail.printable)")
        }
        output.line("")
        let width = settings.map(\.value.count).max() ?? 0
        for setting in settings {
            let value = setting.value.printable.leftAligned(min(width, 40))
            output.line("\(setting.key.leftAligned(22)) \(value) \(palette.faint(setting.source.printable))")
        }
    }

    private static func printJSON(_ findings: [SystemCheck.Finding], _ settings: [Setting]) {
        for finding in findings {
            line([("check", finding.name), ("state", finding.state.rawValue), ("detail", finding.detail)])
        }
        for setting in settings {
            line([("key", setting.key), ("value", setting.value), ("source", setting.source)])
        }
    }

    private static func line(_ members: [(String, String)]) {
        let texts = members.map { "\(JSONText.quoted($0.0)):\(JSONText.quoted($0.1))" }
        Output.standard.line("{\(texts.joined(separator: ","))}")
    }
}
#endif
