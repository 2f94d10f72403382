#if Configuration
public import Configuration
import SystemPackage
import TrackingSinks

extension ClassTracker.Configuration {
    /// Creates a configuration from the providers of swift-configuration, with the keys of the tracker's configuration
    /// file.
    ///
    /// ```swift
    /// let config = ConfigReader(providers: [
    ///     CommandLineArgumentsProvider(),  // --class-tracker-interval 500ms
    ///     EnvironmentVariablesProvider(),  // CLASS_TRACKER_INTERVAL=500ms
    ///     try await FileProvider<JSONSnapshot>(filePath: "/etc/my-service.json"),  // {"class-tracker": {"interval": "500ms"}}
    /// ])
    /// var configuration = try await ClassTracker.Configuration(config: config.scoped(to: "class-tracker"))
    /// configuration.journal.identifier = "my-service"  // code takes precedence
    /// ```
    ///
    /// A value may be a string, as in the tracker's own file, a number (of seconds or bytes), or a Boolean. A `track`
    /// may also be an array of strings. A value that no provider has keeps its default; `CLASS_TRACKER_CONFIG` is
    /// ignored.
    ///
    /// No provider can list its keys, so an unknown key is found only if it is another spelling of a valid one, such as
    /// `file.maximumBytes`, or a variable of the environment that begins with `CLASS_TRACKER_`. Such a variable is no
    /// error, but is reported in the stream when the tracker is started.
    ///
    /// It needs the package's trait `Configuration`.
    ///
    /// - Parameter config: A reader whose scope has the keys.
    /// - Throws: ``TrackingError`` with the key, the reader with its providers, and the valid values. A reader does not
    ///   report which of its providers a value came from; an access reporter of swift-configuration does, such as its
    ///   `AccessLogger`.
    public init(config: ConfigReader) async throws(TrackingError) {
        self.init()
        for key in ConfigurationKey.allCases {
            if let text = try await key.text(in: config) {
                try key.apply(text, to: &self, source: config.description)
            } else if let name = await key.misspelling(in: config) {
                throw .unknownKey(key: name, source: config.description, suggestion: key.rawValue)
            }
        }
        // The sizes of a file without a path are ignored, as in ``load(file:environment:)``.
        if file?.path.isEmpty == true { file = nil }
        addWarning(of: ConfigurationKey.unknownVariables(in: Self.processEnvironment()))
    }
}

extension ConfigurationKey {
    /// Returns the value as it would be written in a file, or `nil` if no provider has one.
    fileprivate func text(in config: ConfigReader) async throws(TrackingError) -> String? {
        let key = ConfigKey(rawValue)
        let reason: any Error
        do { return try await config.fetchString(forKey: key) } catch { reason = error }
        // There is a value of another type. Numbers come first, because a provider may accept a number as a Boolean.
        if takesList, let list = try? await config.fetchStringArray(forKey: key) {
            return list.isEmpty ? "none" : list.joined(separator: ",")
        }
        if takesScalar {
            if let number = try? await config.fetchInt(forKey: key) { return "\(number)" }
            if let number = try? await config.fetchDouble(forKey: key) { return "\(number)" }
            if let flag = try? await config.fetchBool(forKey: key) { return "\(flag)" }
        }
        throw .unreadableValue(key: rawValue, source: config.description, reason: "\(reason)", allowed: allowed)
    }

    /// Returns another spelling of the key that a provider has: `file.maximumBytes`, `file.maximum_bytes`.
    fileprivate func misspelling(in config: ConfigReader) async -> String? {
        guard rawValue.contains("-") else { return nil }
        let parts = rawValue.split(separator: "-")
        let capitals = parts[0] + parts[1...].map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        for name in [String(capitals), parts.joined(separator: "_")] {
            do {
                if try await config.fetchString(forKey: ConfigKey(name)) != nil { return name }
            } catch {
                // A value of another type.
                return name
            }
        }
        return nil
    }
}
#endif
