#if CLI
import Glibc
import SystemPackage

/// The environment of a program: that of this process with changes.
struct ProgramEnvironment {
    private(set) var variables: [(name: String, value: String)] = []

    init() {
        var entry = environ
        while let variable = entry.pointee {
            let text = String(cString: variable)
            if let equals = text.firstIndex(of: "=") {
                variables.append((String(text[..<equals]), String(text[text.index(after: equals)...])))
            }
            entry += 1
        }
    }

    subscript(name: String) -> String? {
        get { variables.first { $0.name == name }?.value }
        set {
            variables.removeAll { $0.name == name }
            if let newValue { variables.append((name, newValue)) }
        }
    }

    /// Adds a value to the front of a list that is separated by colons.
    mutating func prepend(_ value: String, to name: String) {
        let before = self[name].flatMap { $0.isEmpty ? nil : $0 }
        self[name] = before.map { "\(value):\($0)" } ?? value
    }

    /// The variables that the agent reads.
    var trackerVariables: [String: String] {
        Dictionary(variables.filter { $0.name.hasPrefix("CLASS_TRACKER_") }.map { ($0.name, $0.value) }) { $1 }
    }

    /// Returns the path as an absolute one, which does not depend on the working directory.
    static func absolute(_ path: FilePath) throws(CommandFailure) -> FilePath {
        if path.isAbsolute { return path }
        guard let directory = getcwd(nil, 0) else {
            throw CommandFailure(
                .noInput,
                "the working directory is not known: \(Errno(rawValue: errno)); use absolute paths"
            )
        }
        defer { free(directory) }
        return FilePath(String(cString: directory)).pushing(path)
    }
}
#endif
