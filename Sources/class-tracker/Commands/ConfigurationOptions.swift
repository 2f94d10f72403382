#if CLI
import ArgumentParser
import ClassTracking
import SystemPackage

/// The options for the configuration of an agent: every key can be an argument.
struct ConfigurationOptions: ParsableArguments {
    /// An argument of `--set`.
    struct Assignment {
        var key: String
        var value: String

        init(_ text: String) throws {
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw ValidationError("use KEY=VALUE, such as spike.floor=64MiB")
            }
            key = String(text[..<equals])
            value = String(text[text.index(after: equals)...])
        }
    }

    @Option(
        help: ArgumentHelp(
            "The configuration file, instead of the one that CLASS_TRACKER_CONFIG names.",
            valueName: "file"
        )
    )
    var config: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "Set a key of the configuration, such as spike.floor=64MiB. May be repeated.",
            valueName: "key=value"
        ),
        transform: Assignment.init
    )
    var assignments: [Assignment] = []

    /// Reads all layers of the configuration.
    ///
    /// - Parameters:
    ///   - environment: The environment variables.
    ///   - shorthands: The keys that the command's own options set.
    ///   - defaultPath: The path of the rolling file if no layer names one.
    /// - Returns: The layers, not checked yet; see ``ConfigurationLoader/check()``.
    func loader(
        environment: [String: String],
        shorthands: [ConfigurationLoader.Argument] = [],
        defaultPath: FilePath? = nil
    ) -> ConfigurationLoader {
        ConfigurationLoader(
            file: config.map { FilePath($0) },
            environment: environment,
            arguments: arguments(with: shorthands),
            defaultPath: defaultPath
        )
    }

    /// Returns the keys of `--set`, followed by those of the command's own options.
    func arguments(with shorthands: [ConfigurationLoader.Argument]) -> [ConfigurationLoader.Argument] {
        assignments.map { .init(name: "--set", key: $0.key, value: $0.value) } + shorthands
    }

    /// Refuses a key that two options set, since it would not be clear which one counts.
    func validate(with shorthands: [ConfigurationLoader.Argument]) throws {
        for shorthand in shorthands where assignments.contains(where: { $0.key == shorthand.key }) {
            throw ValidationError("\(shorthand.name) and --set \(shorthand.key)=… set the same key; use one of them")
        }
    }
}

extension ConfigurationLoader.Argument {
    init?(_ name: String, _ key: ConfigurationKey, _ value: String?) {
        guard let value else { return nil }
        self.init(name: name, key: key.rawValue, value: value)
    }
}

extension ConfigurationLoader {
    /// Ends the command if a key or a value is wrong in any layer, with one line for each.
    func check() throws(CommandFailure) {
        let wrong = errors + unknownVariables
        guard let last = wrong.last else { return }
        for error in wrong.dropLast() { Diagnostics.say(error.description) }
        throw CommandFailure(last)
    }
}
#endif
