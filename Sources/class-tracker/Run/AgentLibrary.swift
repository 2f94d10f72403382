#if CLI
import Glibc
import SystemPackage
import TrackingRecords

/// Finds the library that is preloaded.
enum AgentLibrary {
    private static let name = "libClassTrackerAgent.so"
    private static let coreName = "libClassTrackerAgentCore.so"

    /// Finds the library.
    ///
    /// - Parameter given: The path that the user gave, of the library or of its directory.
    /// - Returns: The absolute path of the library.
    /// - Throws: An error with the places that were searched, or with the reason against the file.
    static func find(_ given: String?) throws(CommandFailure) -> FilePath {
        let candidates = given.map { [inDirectory(FilePath($0))] } ?? places()
        guard let found = candidates.first(where: exists), let path = realpath(found.string, nil) else {
            throw CommandFailure(
                .unavailable,
                "there is no \(name) at \(candidates.map(\.string).joined(separator: ", ")); build it with: swift build -c "
                    + "release --product ClassTrackerAgent && swift build -c release --product ClassTrackerAgentCore"
            )
        }
        defer { free(path) }
        let library = FilePath(String(cString: path))
        // LD_PRELOAD is a list without quoting.
        guard !library.string.contains(where: { $0 == ":" || $0 == " " }) else {
            throw CommandFailure(.unavailable, "\(library): a path with a colon or a space cannot be preloaded")
        }
        let core = library.removingLastComponent().appending(coreName)
        if library == core {
            throw CommandFailure(.unavailable, "\(core) is what \(name) loads; name \(name), or the directory of both")
        }
        if let reason = reasonAgainst(library) { throw CommandFailure(.unavailable, "\(library) \(reason)") }
        guard exists(core) else {
            throw CommandFailure(.unavailable, "\(core) is missing, which \(name) loads; put both into one directory")
        }
        if let reason = reasonAgainst(core) { throw CommandFailure(.unavailable, "\(core) \(reason)") }
        return library
    }

    /// Returns the path of the library in a directory; any other path stays as it is.
    private static func inDirectory(_ path: FilePath) -> FilePath {
        var status = stat()
        let isDirectory = stat(path.string, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
        return isDirectory ? path.appending(name) : path
    }

    private static func exists(_ path: FilePath) -> Bool { access(path.string, F_OK) == 0 }

    /// Returns the reason why a file cannot be loaded, as far as its beginning shows.
    private static func reasonAgainst(_ path: FilePath) -> String? {
        guard let file = try? OwnedDescriptor(opening: path.string, O_RDONLY | O_NONBLOCK) else {
            return "cannot be read: \(Errno(rawValue: errno))"
        }
        guard let status = try? file.status(), status.st_mode & S_IFMT == S_IFREG else {
            return "is no file; name \(name), or the directory that it is in"
        }
        var bytes: UInt32 = 0
        _ = try? withUnsafeMutableBytes(of: &bytes) { try file.read(into: $0, at: 0) }
        return UInt32(littleEndian: bytes) == 0x464C_457F
            ? nil : "is no library: it was copied in part, or is another file"
    }

    private static func places() -> [FilePath] {
        var places = [FilePath("/usr/lib/class-tracker/\(name)")]
        if let path = realpath("/proc/self/exe", nil) {
            defer { free(path) }
            let directory = FilePath(String(cString: path)).removingLastComponent()
            places =
                [
                    directory.appending(name),
                    directory.removingLastComponent().pushing(FilePath("lib/class-tracker/\(name)")),
                ] + places
        }
        return places
    }
}
#endif
