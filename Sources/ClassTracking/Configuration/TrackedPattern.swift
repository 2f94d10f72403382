extension ClassTracker.Configuration {
    /// The classes to track from the start, by name (an entry of `track`).
    ///
    /// As text, the pattern is followed by its parameters: `MyApp.Connection resolution-level=1 trace`.
    public struct TrackedPattern: Sendable, Hashable, LosslessStringConvertible {
        /// The pattern of ``ClassTracker/trackClasses(matching:name:resolutionLevel:keep:trace:)``.
        public var pattern: String
        /// The name of the instances in snapshots; `nil` for the name of the class (`name=`).
        public var name: String?
        /// The number of levels of referents that are sized individually (`resolution-level=`).
        public var resolutionLevel = 0
        /// Indicates whether instances are retained (`keep`).
        public var keep = false
        /// Indicates whether the stack that creates an instance is recorded (`trace`).
        public var trace = false

        /// Creates a pattern without parameters.
        ///
        /// - Parameter pattern: A pattern such as `MyApp.Connection` or `MyApp.*`.
        public init(pattern: String) { self.pattern = pattern }

        /// Parses a pattern and its parameters; returns `nil` for an unknown parameter.
        ///
        /// - Parameter description: A text such as `MyApp.Connection name=connections resolution-level=1 trace keep`.
        public init?(_ description: String) {
            let words = description.split { $0 == " " || $0 == "\t" }.map(String.init)
            guard let first = words.first, !first.contains("=") else { return nil }
            self.init(pattern: first)
            for word in words.dropFirst() {
                let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                guard parts.last?.isEmpty == false else { return nil }
                switch (parts[0], parts.count) {
                case ("keep", 1): keep = true
                case ("trace", 1): trace = true
                case ("name", 2): name = parts[1]
                case ("resolution-level", 2):
                    guard let level = Int(parts[1]), TrackingRule.resolutionLevels.contains(level) else {
                        return nil
                    }
                    resolutionLevel = level
                default: return nil
                }
            }
        }

        /// The pattern and its parameters, in the form that is parsed.
        public var description: String {
            var words = [pattern]
            if let name { words.append("name=\(name)") }
            if resolutionLevel != 0 { words.append("resolution-level=\(resolutionLevel)") }
            if keep { words.append("keep") }
            if trace { words.append("trace") }
            return words.joined(separator: " ")
        }

        /// Parses a list separated by commas; returns `nil` if an element is invalid.
        static func list(_ text: String) -> [TrackedPattern]? {
            if text.split(whereSeparator: { $0 == " " || $0 == "\t" }) == ["none"] { return [] }
            var patterns: [TrackedPattern] = []
            for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                guard let pattern = TrackedPattern(String(part)) else { return nil }
                patterns.append(pattern)
            }
            return patterns
        }
    }
}
