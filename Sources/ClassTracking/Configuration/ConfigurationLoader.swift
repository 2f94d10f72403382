import CTrackingRuntime
import Glibc
public import SystemPackage
import TrackingRecords
import TrackingSinks

extension ClassTracker.Configuration {
    /// Returns the configuration from a file and the environment; the environment takes precedence.
    ///
    /// A file has one `key = value` on each line; lines that begin with `#` are comments. Values that code sets in the
    /// result take precedence over both.
    ///
    /// An unknown variable that begins with `CLASS_TRACKER_` is no error, so that it does not prevent a service from
    /// starting: the tracker reports it in its stream when it is started, with the nearest valid name.
    ///
    /// - Parameters:
    ///   - file: The file; `nil` for the one that `CLASS_TRACKER_CONFIG` names, if any.
    ///   - environment: The variables; `nil` for those of the process.
    /// - Returns: The defaults, changed by the file and then by the environment.
    /// - Throws: ``TrackingError`` with the key, its location and the valid values.
    public static func load(
        file: FilePath? = nil,
        environment: [String: String]? = nil
    ) throws(TrackingError) -> ClassTracker.Configuration {
        let loader = ConfigurationLoader(file: file, environment: environment ?? processEnvironment())
        if let error = loader.errors.first { throw error }
        return loader.configuration
    }

    package static func processEnvironment() -> [String: String] {
        var variables: [String: String] = [:]
        // A user who starts a program with more privileges must not choose the files that it writes.
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

/// Combines the layers of a configuration, and records the source of each value.
///
/// From the lowest to the highest: the defaults, the file, the environment, the arguments of a command.
package struct ConfigurationLoader {
    /// The variable that names the file.
    package static let fileVariable = "CLASS_TRACKER_CONFIG"
    /// A configuration file has a few lines; a larger file indicates a wrong path.
    private static let longestFile = 1 << 20

    /// A value of one layer.
    package struct Setting: Sendable, Equatable {
        package var value: String
        /// The source: `/etc/class-tracker.conf:3`, `environment CLASS_TRACKER_INTERVAL`, `argument --set`.
        package var source: String
    }

    /// A key that an argument of a command sets.
    package struct Argument: Sendable, Equatable {
        /// The argument: `--set`, `--interval`.
        package var name: String
        package var key: String
        package var value: String

        package init(name: String, key: String, value: String) {
            self.name = name
            self.key = key
            self.value = value
        }
    }

    package private(set) var configuration = ClassTracker.Configuration()
    /// The values of each key by layer; the last one is used.
    package private(set) var settings: [ConfigurationKey: [Setting]] = [:]
    /// The errors, in the order of the layers.
    package private(set) var errors: [TrackingError] = []
    /// The unknown variables of the environment.
    package let unknownVariables: [TrackingError]

    /// Reads all layers.
    ///
    /// - Parameters:
    ///   - file: The file; `nil` for the one that `CLASS_TRACKER_CONFIG` names, if any.
    ///   - environment: The variables.
    ///   - arguments: The keys that the command line sets; of several for one key, the last one is used.
    ///   - defaultPath: The path of the rolling file if no layer has one; `nil` for no file.
    package init(
        file: FilePath?,
        environment: [String: String],
        arguments: [Argument] = [],
        defaultPath: FilePath? = nil
    ) {
        unknownVariables = ConfigurationKey.unknownVariables(in: environment)
        configuration.addWarning(of: unknownVariables)
        if let file = file ?? environment[Self.fileVariable].map({ FilePath($0) }) { read(file) }
        for key in ConfigurationKey.allCases {
            guard let value = environment[key.environmentName] else { continue }
            set(key, value, source: "environment \(key.environmentName)")
        }
        for argument in arguments { set(argument.key, argument.value, source: "argument \(argument.name)") }
        if configuration.file?.path.isEmpty != false {
            // The sizes of a file without a path are settings for a file that is not written.
            configuration.file = defaultPath.map { path in
                var file = configuration.file ?? RollingFileConfiguration(path: path)
                file.path = path
                return file
            }
        }
    }

    private mutating func set(_ name: String, _ value: String, source: String) {
        guard let key = ConfigurationKey(rawValue: name) else {
            errors.append(.unknownKey(key: name, source: source, suggestion: ConfigurationKey.nearest(to: name)))
            return
        }
        set(key, value, source: source)
    }

    private mutating func set(_ key: ConfigurationKey, _ value: String, source: String) {
        do throws(TrackingError) {
            try key.apply(value, to: &configuration, source: source)
            settings[key, default: []].append(Setting(value: value, source: source))
        } catch {
            errors.append(error)
        }
    }

    private mutating func read(_ file: FilePath) {
        do throws(TrackingError) {
            let text = try Self.contents(of: file)
            for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                let trimmed = Self.trim(line)
                if trimmed.isEmpty || trimmed.hasPrefix("#") { continue }
                guard let equals = trimmed.firstIndex(of: "=") else {
                    errors.append(
                        .malformedLine(path: file.string, line: index + 1, text: String(trimmed).shortened(to: 60))
                    )
                    continue
                }
                let name = String(Self.trim(trimmed[..<equals]))
                let value = String(Self.trim(trimmed[trimmed.index(after: equals)...]))
                set(name, value, source: "\(file.string):\(index + 1)")
            }
        } catch {
            errors.append(error)
        }
    }

    private static func contents(of file: FilePath) throws(TrackingError) -> String {
        do {
            let descriptor = try OwnedDescriptor(opening: file.string, O_RDONLY | O_NONBLOCK)
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

    /// Returns the reason why a file must not configure a service; `nil` if it may.
    ///
    /// It names classes to keep alive and a path to write: a user who can change it controls the service in part.
    private static func distrust(of descriptor: borrowing OwnedDescriptor) -> String? {
        guard let status = try? descriptor.status() else { return "its owner is not known" }
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
}
