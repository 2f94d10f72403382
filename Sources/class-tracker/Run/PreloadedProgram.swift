#if CLI
import Glibc
import SystemPackage

/// A program that is started with the agent preloaded.
struct PreloadedProgram {
    private let path: FilePath
    private let arguments: [String]

    /// The name of the file.
    var name: String { path.lastComponent?.string ?? "command" }

    /// Finds a command as a shell does.
    ///
    /// - Parameter command: The command and its arguments.
    /// - Throws: An error with the exit code of a shell: 127 if there is no such command, 126 if it cannot be run.
    init(_ command: [String]) throws(CommandFailure) {
        let name = command.first ?? ""
        arguments = command
        if name.contains("/") {
            guard access(name, F_OK) == 0 else {
                throw CommandFailure(.noSuchCommand, "\(name): there is no such file")
            }
            path = FilePath(name)
        } else {
            let directories = (Output.variable("PATH") ?? "/usr/bin:/bin")
                .split(separator: ":", omittingEmptySubsequences: false)
            let candidates = directories.map { FilePath($0.isEmpty ? "." : String($0)).appending(name) }
            guard let found = candidates.first(where: { access($0.string, X_OK) == 0 }) else {
                throw CommandFailure(
                    .noSuchCommand,
                    "\(name): no such command in PATH; use ./\(name) for one in this directory"
                )
            }
            path = found
        }
        guard access(path.string, X_OK) == 0 else {
            throw CommandFailure(.cannotRun, "\(path): \(Errno(rawValue: errno))")
        }
    }

    /// The reason why the agent will not start in the program itself, as far as its file shows; `nil` if there is none.
    var reasonToStayOut: String? {
        guard let isSwift = contains("libswiftCore.so"), !isSwift else { return nil }
        return "\(path) does not load libswiftCore.so: it is a script, in another language, or linked with "
            + "--static-swift-stdlib; it will not be recorded (--follow reaches the programs that it starts)"
    }

    /// Replaces this process by the program.
    func replaceThisProcess(_ environment: ProgramEnvironment) throws(CommandFailure) -> Never {
        // An ignored signal would stay ignored in the program.
        signal(SIGPIPE, SIG_DFL)
        let argv = Self.strings(arguments)
        let envp = Self.strings(environment.variables.map { "\($0.name)=\($0.value)" })
        execve(path.string, argv, envp)
        let error = Errno(rawValue: errno)
        let remedy = error == .execFormatError ? "; a script needs a first line such as #!/bin/sh" : ""
        throw CommandFailure(.cannotRun, "\(path): \(error)\(remedy)")
    }

    /// Allocates strings that are never freed: execve or the exit follows.
    private static func strings(_ texts: [String]) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> {
        let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: texts.count + 1)
        for (index, text) in texts.enumerated() { (pointers + index).initialize(to: strdup(text)) }
        (pointers + texts.count).initialize(to: nil)
        return pointers
    }

    /// Indicates whether the file contains a text; `nil` if it cannot be read.
    private func contains(_ text: String) -> Bool? {
        guard let file = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) else { return nil }
        defer { try? file.close() }
        guard let size = try? file.seek(offset: 0, from: .end), size > 0,
            let bytes = mmap(nil, Int(size), PROT_READ, MAP_PRIVATE, file.rawValue, 0), bytes != MAP_FAILED
        else { return nil }
        defer { munmap(bytes, Int(size)) }
        let text = Array(text.utf8)
        var rest = UnsafeRawBufferPointer(start: bytes, count: Int(size))
        while rest.count >= text.count, let first = rest.firstIndex(of: text[0]) {
            rest = UnsafeRawBufferPointer(rebasing: rest[first...])
            if rest.starts(with: text) { return true }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst())
        }
        return false
    }
}
#endif
