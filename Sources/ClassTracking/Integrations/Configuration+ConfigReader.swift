#if Configuration
public import Configuration

extension ClassTracker.Configuration {
    /// The configuration that the providers of swift-configuration give, with the keys that a file of the tracker has.
    ///
    /// ```swift
    /// let config = ConfigReader(providers: [
    ///     CommandLineArgumentsProvider(),  // --class-tracker-interval 500ms
    ///     EnvironmentVariablesProvider(),  // CLASS_TRACKER_INTERVAL=500ms
    ///     try await FileProvider<JSONSnapshot>(filePath: "/etc/my-service.json"),  // {"class-tracker": {"interval": "500ms"}}
    /// ])
    /// var configuration = try await ClassTracker.Configuration(config: config.scoped(to: "class-tracker"))
    /// configuration.journal.identifier = "my-service"  // code has the last word
    /// ```
    ///
    /// A value may be a string, as in a file of the tracker, a number (of seconds or bytes), or a Boolean. A `track` may be an
    /// array of strings, too. What no provider has keeps its default; `CLASS_TRACKER_CONFIG` is not looked at.
    ///
    /// No provider can list its keys, so that a key that does not exist is found where it is one in another spelling, such as
    /// `file.maximumBytes`, or a variable of the environment that begins with `CLASS_TRACKER_`; such a variable is no error,
    /// but told in the stream when the tracker is started.
    ///
    /// It needs the package's trait `Configuration`.
    ///
    /// - Parameter config: A reader whose scope has the keys.
    /// - Throws: ``TrackingError``, naming the key, the provider that its value came from, and what is allowed.
    public init(config: ConfigReader) async throws(TrackingError) {
        self.init()
        for key in ConfigurationKey.allCases {
            if let text = try await key.text(in: config) {
                guard key.accepts(text, for: &self) else {
                    throw .invalidValue(
                        key: key.rawValue,
                        value: text,
                        source: config.source(of: key.rawValue),
                        allowed: key.allowed
                    )
                }
            } else if let name = await key.misspelling(in: config) {
                throw .unknownKey(key: name, source: config.source(of: name), suggestion: key.rawValue)
            }
        }
        // Sizes of a file without a path, as in ``load(file:environment:)``.
        if file?.path.isEmpty == true { file = nil }
        addWarning(of: ConfigurationKey.unknownVariables(in: Self.processEnvironment()))
    }
}

extension ConfigurationKey {
    /// The value as it would be written in a file; `nil` where no provider has one.
    fileprivate func text(in config: ConfigReader) async throws(TrackingError) -> String? {
        let key = ConfigKey(rawValue)
        let reason: any Error
        do { return try await config.fetchString(forKey: key) } catch { reason = error }
        // There is a value, of another type. Numbers come first: a provider may take a number for a Boolean.
        switch self {
        case .track:
            if let list = try? await config.fetchStringArray(forKey: key) {
                return list.isEmpty ? "none" : list.joined(separator: ",")
            }
        case .filePath, .journalIdentifier: break
        default:
            if let number = try? await config.fetchInt(forKey: key) { return "\(number)" }
            if let number = try? await config.fetchDouble(forKey: key) { return "\(number)" }
            if let flag = try? await config.fetchBool(forKey: key) { return "\(flag)" }
        }
        throw .unreadableValue(
            key: rawValue,
            source: config.source(of: rawValue),
            reason: "\(reason)",
            allowed: allowed
        )
    }

    /// The key as it is spelt elsewhere, if a provider has that: `file.maximumBytes`, `file.maximum_bytes`.
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

extension ConfigReader {
    /// The provider that a key's value comes from, and what the key is called there.
    ///
    /// A reader tells that to nobody but the access reporter it was made with; its providers are looked up in it instead. Where
    /// it is laid out in another way than in 1.4, it is the reader that is named, with all its providers.
    fileprivate func source(of name: String) -> String {
        let reader = Mirror(reflecting: self)
        guard let providers = reader.descendant("storage", "provider", "storage", "providers") as? [any ConfigProvider]
        else {
            return description
        }
        let scope = reader.descendant("keyPrefix") as? AbsoluteConfigKey
        let key = scope?.appending(ConfigKey(name)) ?? AbsoluteConfigKey(ConfigKey(name))
        for provider in providers {
            do {
                let result = try provider.value(forKey: key, type: .string)
                if result.value != nil { return "\(provider.providerName) \(result.encodedKey)" }
            } catch {
                return "\(provider.providerName) \(key)"
            }
        }
        return description
    }
}
#endif
