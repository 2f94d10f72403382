#if CLI
import ClassTracking
import SystemPackage

/// Why a command ends, and the exit code of sysexits.h that says so to a script.
struct CommandFailure: Error, Equatable {
    /// The codes of sysexits.h that we use.
    enum Code: Int32 {
        case damagedData = 65
        case noInput = 66
        case unavailable = 69
        case cannotCreate = 73
        case inputOutput = 74
        case noPermission = 77
        case configuration = 78
        // A shell's, for a command that is to be run.
        case cannotRun = 126
        case noSuchCommand = 127
    }

    var code: Code
    /// One sentence that names the file, line or key, and the remedy.
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
        switch error {
        case .unreadable(let error): self.init(error)
        case .damaged, .nothing, .noSnapshot: self.init(.damagedData, error.description)
        case .cannotWrite: self.init(.cannotCreate, error.description)
        }
    }

    init(_ error: TrackingError) {
        self.init(.configuration, error.description)
    }
}
#endif
