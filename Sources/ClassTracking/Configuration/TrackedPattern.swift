extension ClassTracker.Configuration {
    /// Classes to track from the start, by name (an entry of `track`).
    ///
    /// As text, the pattern with its parameters behind it: `MyApp.Connection resolution-level=1 trace`.
    public struct TrackedPattern: Sendable, Hashable, LosslessStringConvertible {
        /// The classes, as ``ClassTracker/trackClasses(matching:name:resolutionLevel:keep:trace:)`` takes them.
        public var pattern: String
        /// The name of the instances in snapshots; `nil` takes the name of the class (`name=`).
        public var name: String?
        /// How many levels of referents are sized one by one (`resolution-level=`).
        public var resolutionLevel = 0
        /// Whether instances are retained (`keep`).
        public var keep = false
        /// Whether the stack is recorded on which an instance is created (`trace`).
        public var trace = false

        /// Makes a pattern without parameters.
        ///
        /// - Parameter pattern: `MyApp.Connection`, or `MyApp.*`.
        public init(pattern: String) { self.pattern = pattern }

        /// Reads a pattern and its parameters; `nil` where a parameter is not one of those.
        ///
        /// - Parameter description: `MyApp.Connection name=connections resolution-level=1 trace keep`.
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

        /// The pattern and its parameters, as they are read.
        public var description: String {
            var words = [pattern]
            if let name { words.append("name=\(name)") }
            if resolutionLevel != 0 { words.append("resolution-level=\(resolutionLevel)") }
            if keep { words.append("keep") }
            if trace { words.append("trace") }
            return words.joined(separator: " ")
        }

        /// A list with commas in between; `nil` where one of them is none.
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
