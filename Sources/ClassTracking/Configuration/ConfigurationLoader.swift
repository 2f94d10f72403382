import CTrackingRuntime
import Glibc
public import SystemPackage

extension ClassTracker.Configuration {
    /// The configuration that a file and the environment give; the environment has the last word.
    ///
    /// A file has a `key = value` a line; lines that begin with `#` are comments.
    ///
    /// - Parameters:
    ///   - file: The file; `nil` takes the one that `CLASS_TRACKER_CONFIG` names, if any.
    ///   - environment: The variables; `nil` takes those of the process.
    /// - Returns: The defaults, with what the file and then the environment set.
    /// - Throws: ``TrackingError``, naming the key, where it stands and what is allowed.
    public static func load(
        file: FilePath? = nil,
        environment: [String: String]? = nil
    ) throws(TrackingError) -> ClassTracker.Configuration {
        try ConfigurationLoader.load(file: file, environment: environment ?? processEnvironment()).configuration
    }

    package static func processEnvironment() -> [String: String] {
        var variables: [String: String] = [:]
        // Who starts a program with more rights than his own must not tell it where to write.
        if ct_has_raised_rights() != 0 { return variables }
        var entry = environ
        while let variable = entry.pointee {
            let text = String(cString: variable)
            if text.hasPrefix("CLASS_TRACKER_"), let equals = text.firstIndex(of: "=") {
                variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            entry += 1
        }
        return variables
    }
}

/// Puts the layers of a configuration together and remembers where each value came from.
package struct ConfigurationLoader {
    /// The variable that names the file.
    package static let fileVariable = "CLASS_TRACKER_CONFIG"
    /// A configuration file is some lines; whatever is larger is a mistake in the path.
    private static let longestFile = 1 << 20

    package private(set) var configuration = ClassTracker.Configuration()
    /// Where a key was set: `/etc/class-tracker.conf:3`, `environment CLASS_TRACKER_INTERVAL`.
    package private(set) var sources: [ConfigurationKey: String] = [:]

    package static func load(file: FilePath?, environment: [String: String]) throws(TrackingError) -> Self {
        var loader = Self()
        if let file = file ?? environment[fileVariable].map({ FilePath($0) }) { try loader.read(file) }
        for key in ConfigurationKey.allCases {
            guard let value = environment[key.environmentName] else { continue }
            try loader.set(key, value, source: "environment \(key.environmentName)")
        }
        if loader.configuration.file?.path.isEmpty == true {
            // Sizes of a file without a path: settings for a file that another layer does not write.
            loader.configuration.file = nil
        }
        return loader
    }

    private mutating func set(_ key: ConfigurationKey, _ value: String, source: String) throws(TrackingError) {
        try key.apply(value, to: &configuration, source: source)
        sources[key] = source
    }

    private mutating func read(_ file: FilePath) throws(TrackingError) {
        let text = try Self.contents(of: file)
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let trimmed = Self.trim(line)
            if trimmed.isEmpty || trimmed.hasPrefix("#") { continue }
            guard let equals = trimmed.firstIndex(of: "=") else {
                throw .malformedLine(path: file.string, line: index + 1, text: String(trimmed.prefix(60)))
            }
            let name = String(Self.trim(trimmed[..<equals]))
            let value = String(Self.trim(trimmed[trimmed.index(after: equals)...]))
            let source = "\(file.string): line \(index + 1)"
            guard let key = ConfigurationKey(rawValue: name) else {
                throw .unknownKey(key: name, source: source, suggestion: Self.nearest(to: name))
            }
            try set(key, value, source: source)
        }
    }

    private static func contents(of file: FilePath) throws(TrackingError) -> String {
        do {
            let descriptor = try FileDescriptor.open(file, .readOnly, options: [.closeOnExec, .nonBlocking])
            defer { try? descriptor.close() }
            if let reason = distrust(of: descriptor) {
                throw TrackingError.unreadableFile(path: file.string, reason: reason)
            }
            var bytes: [UInt8] = []
            while bytes.count <= longestFile {
                let count = try withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
                    let count = try descriptor.read(into: buffer)
                    bytes.append(contentsOf: buffer[..<count])
                    return count
                }
                if count == 0 { break }
            }
            guard bytes.count <= longestFile else {
                throw TrackingError.unreadableFile(path: file.string, reason: "it is larger than 1 MiB")
            }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw TrackingError.unreadableFile(path: file.string, reason: "it is not UTF-8 text")
            }
            return text
        } catch let error as TrackingError {
            throw error
        } catch {
            throw .unreadableFile(path: file.string, reason: "\(error)")
        }
    }

    /// Why a file must not say what a service does; `nil` where it may.
    ///
    /// It names classes to keep alive and a path to write to: whoever can change it has a hand in the service.
    private static func distrust(of descriptor: FileDescriptor) -> String? {
        var status = stat()
        guard fstat(descriptor.rawValue, &status) == 0 else { return "its owner is not known (errno \(errno))" }
        guard status.st_mode & S_IFMT == S_IFREG else { return "it is not a regular file" }
        guard status.st_uid == 0 || status.st_uid == geteuid() else {
            return "it belongs to another user (\(status.st_uid)), who could have the service do things; "
                + "give it to root or to the user of the service"
        }
        guard status.st_mode & (S_IWGRP | S_IWOTH) == 0 else {
            return "others than its owner can write to it; take that away with chmod go-w"
        }
        return nil
    }

    private static func trim(_ text: Substring) -> Substring {
        var rest = text.drop { $0.isWhitespace }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return rest
    }

    /// The key that differs by the fewest letters, if it is near enough to have been meant.
    private static func nearest(to name: String) -> String? {
        let candidates = ConfigurationKey.allCases.map { ($0.rawValue, distance(name, $0.rawValue)) }
        guard let best = candidates.min(by: { $0.1 < $1.1 }), best.1 <= max(2, name.count / 3) else { return nil }
        return best.0
    }

    private static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right)
        var row = Array(0...right.count)
        for (index, character) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in right.indices {
                let change = diagonal + (right[column] == character ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(change, row[column] + 1, diagonal + 1)
            }
        }
        return row[right.count]
    }
}
