package import Glibc
package import SystemPackage

/// A process that a test started.
package struct Child {
    package let processID: pid_t
    /// What it prints; closed with the child's exit.
    package let output: FileDescriptor
    /// What it reads; closing it ends the modes that wait.
    package let input: FileDescriptor

    /// The host program of the tests, beside the test bundle.
    package static let host: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        // The bundle is an argument of the test runner, or the runner itself.
        let own = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        let path = realpath(own, &buffer).map { String(cString: $0) } ?? own
        return FilePath(path).removingLastComponent().appending("tracking-test-host").string
    }()

    package static func spawn(_ program: String, _ arguments: [String]) throws -> Child {
        var arguments = arguments
        if program == "strace", let options = getenv("ASAN_OPTIONS").map({ String(cString: $0) }) {
            // LeakSanitizer cannot stop the threads of a process that is traced already, and fails.
            arguments = ["-E", "ASAN_OPTIONS=\(options):detect_leaks=0"] + arguments
        }
        let (inputEnd, input) = try pair()
        let (output, outputEnd) = try pair()
        defer {
            try? inputEnd.close()
            try? outputEnd.close()
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, inputEnd.rawValue, 0)
        posix_spawn_file_actions_adddup2(&actions, outputEnd.rawValue, 1)
        var vector = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for argument in vector { free(argument) } }
        var processID = pid_t()
        let error = posix_spawnp(&processID, program, &actions, nil, &vector, environ)
        guard error == 0 else { throw Errno(rawValue: error) }
        return Child(processID: processID, output: output, input: input)
    }

    package static func host(_ arguments: String...) throws -> Child { try spawn(host, arguments) }

    /// Runs the host to its end under strace, which injects what the expressions say.
    package static func traced(_ expressions: [String], log: FilePath, _ arguments: String...) throws -> Result {
        let options = expressions.flatMap { ["-e", $0] }
        return try spawn("strace", ["-f", "-qq", "-o", log.string] + options + [host] + arguments).finish()
    }

    /// Like a pipe, but closed on exec from the start: another test may spawn at any moment.
    private static func pair() throws -> (FileDescriptor, FileDescriptor) {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw Errno(rawValue: errno)
        }
        return (FileDescriptor(rawValue: ends[0]), FileDescriptor(rawValue: ends[1]))
    }

    package func kill(_ signal: Int32 = SIGKILL) { Glibc.kill(processID, signal) }

    package struct Result {
        package var output: String
        /// The exit code, or the signal as a negative number.
        package var code: Int32
    }

    /// The next line it prints.
    package func readLine() -> String {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(output.rawValue, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
        return String(decoding: line, as: UTF8.self)
    }

    /// Closes its input, reads what it still prints and waits for its end.
    @discardableResult
    package func finish() -> Result {
        try? input.close()
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = read(output.rawValue, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
        try? output.close()
        var status: Int32 = 0
        while waitpid(processID, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        return Result(output: String(decoding: bytes, as: UTF8.self), code: signal == 0 ? status >> 8 & 0xFF : -signal)
    }
}
