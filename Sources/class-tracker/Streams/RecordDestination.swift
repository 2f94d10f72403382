#if CLI
import ClassTracking
import SystemPackage

/// The destination of the records of a program that a command runs.
enum RecordDestination {
    /// Returns the path of a file in the first `LogsDirectory=` of systemd, or else in the working directory.
    static func path(named name: String) -> FilePath {
        let directory = Output.variable("LOGS_DIRECTORY")?.split(separator: ":").first.map(String.init)
        return FilePath(directory ?? "").appending(name)
    }

    /// Refuses a rolling file that cannot be written, before anything runs.
    static func probe(_ file: RollingFileConfiguration) throws(CommandFailure) {
        do {
            try RollingFileSink.probe(file)
        } catch .busy {
            // The sink writes another file beside it, and reports its name.
            return
        } catch {
            throw CommandFailure(.cannotCreate, error.description)
        }
    }
}
#endif
