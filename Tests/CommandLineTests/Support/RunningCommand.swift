#if CLI
import TrackingTestSupport
import Glibc
import SystemPackage

/// The built `class-tracker`, run as a process.
struct RunningCommand {
    /// The result of a command.
    struct Result {
        var code: Int32
        var output: String
        var errors: String

        var errorLines: [Substring] { errors.split(separator: "\n") }
    }

    /// The executable beside the test bundle, if it is there.
    static let path: String? = {
        let exe = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
            let count = buffer.baseAddress.map { readlink("/proc/self/exe", $0, buffer.count) } ?? 0
            return String(decoding: UnsafeRawBufferPointer(buffer)[..<max(0, count)], as: UTF8.self)
        }
        let path = FilePath(exe).removingLastComponent().appending("class-tracker").string
        return access(path, X_OK) == 0 ? path : nil
    }()

    static var isBuilt: Bool { path != nil }

    let process: pid_t
    private let directory = TemporaryDirectory()

    /// Starts a command.
    ///
    /// - Parameters:
    ///   - arguments: The arguments.
    ///   - environment: The environment, to which the paths of libraries and programs are added.
    ///   - executable: The program to run instead of `class-tracker`.
    init(_ arguments: [String], environment: [String: String] = [:], executable: String? = nil) {
        let path = executable ?? Self.path ?? ""
        var variables = environment
        variables["PATH"] = "/usr/bin:/bin"
        // Those of the sanitizers, too (Scripts/sanitize).
        for name in ["LD_LIBRARY_PATH", "ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"] {
            if let value = getenv(name) { variables[name] = String(cString: value) }
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, directory["output"].string, O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, directory["errors"].string, O_WRONLY | O_CREAT, 0o600)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var argv = ([path] + arguments).map { strdup($0) } + [nil]
        var envp = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        var pid: pid_t = -1
        if posix_spawn(&pid, path, &actions, nil, &argv, &envp) != 0 { pid = -1 }
        for pointer in argv + envp { free(pointer) }
        process = pid
    }

    /// The output so far.
    var output: String { contents(of: directory["output"]) }

    func terminate() {
        if process > 0 { kill(process, SIGTERM) }
    }

    /// Waits for the end; a command that hangs is killed, and has the code -1.
    func result() -> Result {
        var status: Int32 = 0
        var code: Int32 = -1
        if process > 0 {
            if waitUntil({ waitpid(process, &status, WNOHANG) == process }) {
                code = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
            } else {
                kill(process, SIGKILL)
                waitpid(process, &status, 0)
            }
        }
        return Result(code: code, output: output, errors: contents(of: directory["errors"]))
    }

    static func run(_ arguments: String..., environment: [String: String] = [:]) -> Result {
        RunningCommand(arguments, environment: environment).result()
    }
}
#endif
