import ClassTracking
import Glibc
import Testing

@Suite("Who may write the configuration")
struct TrustedConfigurationTests {
    private func reason(_ file: TemporaryFile) throws -> String {
        let error = #expect(throws: TrackingError.self) {
            try ClassTracker.Configuration.load(file: file.path, environment: [:])
        }
        guard case .unreadableFile(let path, let reason) = error?.problem else { return "\(error as Any)" }
        #expect(path == file.path.string)
        return reason
    }

    @Test("A file that others can write to is refused", arguments: [0o620, 0o602, 0o666] as [mode_t])
    func writable(mode: mode_t) throws {
        let file = try TemporaryFile("interval = 5s\n")
        #expect(chmod(file.path.string, mode) == 0)
        #expect(try reason(file).contains("chmod go-w"))
        #expect(chmod(file.path.string, 0o644) == 0)
        #expect(try ClassTracker.Configuration.load(file: file.path, environment: [:]).interval == .seconds(5))
    }

    @Test("A file of another user is refused", .enabled(if: geteuid() == 0, "needs root"))
    func otherOwner() throws {
        let file = try TemporaryFile("interval = 5s\n")
        #expect(chown(file.path.string, 12_345, 0) == 0)
        #expect(try reason(file).contains("belongs to another user (12345)"))
    }

    @Test("A FIFO is not waited for, and no directory is read")
    func noFile() throws {
        let file = try TemporaryFile("")
        unlink(file.path.string)
        #expect(mkfifo(file.path.string, 0o600) == 0)
        #expect(try reason(file) == "it is not a regular file")
        let error = #expect(throws: TrackingError.self) {
            try ClassTracker.Configuration.load(file: file.directory, environment: [:])
        }
        #expect(try #require(error).description.contains("it is not a regular file"))
    }
}
