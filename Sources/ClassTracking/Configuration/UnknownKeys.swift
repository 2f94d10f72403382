import TrackingRecords

extension ConfigurationKey {
    /// The agent's variables that are no keys: the path of the configuration, and the program to track.
    private static let otherVariables = [
        ConfigurationLoader.fileVariable, "CLASS_TRACKER_EXE", "CLASS_TRACKER_FOLLOW",
    ]

    /// Returns the valid key that is nearest to an unknown name.
    package static func nearest(to name: String) -> String? {
        NearestName.of(name, among: allCases.map(\.rawValue))
    }

    /// Returns the unknown variables with the agent's prefix.
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
    /// Adds errors that do not prevent the start as one line.
    mutating func addWarning(of errors: [TrackingError]) {
        guard !errors.isEmpty else { return }
        let shown = errors.prefix(5).map(\.description).joined(separator: " ")
        warnings.append(errors.count > 5 ? "\(shown) And \(errors.count - 5) more." : shown)
    }
}
