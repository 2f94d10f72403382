#if CLI
import Glibc
import SystemPackage

/// Where the library is that is preloaded.
enum AgentLibrary {
    private static let name = "libClassTrackerAgent.so"
    private static let coreName = "libClassTrackerAgentCore.so"

    /// Finds the library.
    ///
    /// - Parameter given: Where the user says that it is.
    /// - Returns: Its absolute path.
    /// - Throws: An error that says where it was looked for, or what is missing beside it.
    static func find(_ given: String?) throws(CommandFailure) -> FilePath {
        let candidates = given.map { [FilePath($0)] } ?? places()
        guard let found = candidates.first(where: isReadable), let path = realpath(found.string, nil) else {
            throw CommandFailure(
                .unavailable,
                "there is no \(name) at \(candidates.map(\.string).joined(separator: ", ")); build it with: swift build -c "
                    + "release --product ClassTrackerAgent && swift build -c release --product ClassTrackerAgentCore"
            )
        }
        defer { free(path) }
        let library = FilePath(String(cString: path))
        // LD_PRELOAD is a list, and has no way to quote.
        guard !library.string.contains(where: { $0 == ":" || $0 == " " }) else {
            throw CommandFailure(.unavailable, "\(library): a path with a colon or a space cannot be preloaded")
        }
        let core = library.removingLastComponent().appending(coreName)
        guard isReadable(core) else {
            throw CommandFailure(.unavailable, "\(core) is missing, which \(name) loads; put both into one directory")
        }
        return library
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

    private static func isReadable(_ path: FilePath) -> Bool { access(path.string, R_OK) == 0 }
}
#endif
