#if CLI
import ClassTracking
import SystemPackage

/// The reason why a command fails, with its exit code of sysexits.h.
struct CommandFailure: Error, Equatable {
    /// The exit codes of sysexits.h that the commands use.
    enum Code: Int32 {
        case damagedData = 65
        case noInput = 66
        case unavailable = 69
        case cannotCreate = 73
        case inputOutput = 74
        case noPermission = 77
        case configuration = 78
        // Codes of a shell, for a command that cannot be started.
        case cannotRun = 126
        case noSuchCommand = 127
    }

    var code: Code
    /// One sentence with the file, line or key, and the remedy.
    var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    init(_ error: RecordError) {
        switch error {
        case .cannotOpen, .cannotRead(_, _, .isDirectory): code = .noInput
        case .cannotRead: code = .inputOutput
        case .empty, .notRecords, .newerFormat: code = .damagedData
        }
        message = error.description
    }

    init(_ error: StatsError) {
        if let recordError = error.recordError {
            self.init(recordError)
        } else {
            self.init(error.code == .cannotWrite ? .cannotCreate : .damagedData, error.description)
        }
    }

    init(_ error: TrackingError) {
        self.init(.configuration, error.description)
    }
}
#endif
