import TrackingRecords

extension ConfigurationKey {
    /// The agent's variables that are no keys: where the configuration is, and which program is meant.
    private static let otherVariables = [
        ConfigurationLoader.fileVariable, "CLASS_TRACKER_EXE", "CLASS_TRACKER_FOLLOW",
    ]

    /// The key that was meant by a name that is none.
    package static func nearest(to name: String) -> String? {
        NearestName.of(name, among: allCases.map(\.rawValue))
    }

    /// The variables with the agent's prefix that nothing reads.
    package static func unknownVariables(in environment: [String: String]) -> [TrackingError] {
        let known = allCases.map(\.environmentName) + otherVariables
        return environment.keys.filter { $0.hasPrefix("CLASS_TRACKER_") && !known.contains($0) }.sorted()
            .map { name in
                .unknownKey(
                    key: name.shortened(to: 80),
                    source: "environment",
                    suggestion: NearestName.of(name, among: known)
                )
            }
    }
}

extension ClassTracker.Configuration {
    /// Notes what is wrong and keeps nothing from starting: one line, whatever there is of it.
    mutating func addWarning(of errors: [TrackingError]) {
        guard !errors.isEmpty else { return }
        let shown = errors.prefix(5).map(\.description).joined(separator: " ")
        warnings.append(errors.count > 5 ? "\(shown) And \(errors.count - 5) more." : shown)
    }
}
