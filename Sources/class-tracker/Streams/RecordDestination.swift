#if CLI
import ClassTracking
import SystemPackage

/// Where the records go of a program that a command runs.
enum RecordDestination {
    /// A file in systemd's `LogsDirectory=`, the first one where it is a list; without one, in the working directory.
    static func path(named name: String) -> FilePath {
        let directory = Output.variable("LOGS_DIRECTORY")?.split(separator: ":").first.map(String.init)
        return FilePath(directory ?? "").appending(name)
    }

    /// Tells what is in the way of a rolling file, before anything runs.
    static func probe(_ file: RollingFileConfiguration) throws(CommandFailure) {
        do {
            try RollingFileSink.probe(file)
        } catch .busy {
            // The sink writes a file of its own beside it, and says which.
            return
        } catch {
            throw CommandFailure(.cannotCreate, error.description)
        }
    }
}
#endif
