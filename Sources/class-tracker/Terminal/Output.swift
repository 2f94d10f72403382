#if CLI
import Glibc
import Synchronization
import SystemPackage

/// Standard output, a whole line at a time.
///
/// Nothing is buffered: a line is visible immediately, also through a pipe.
final class Output: Sendable {
    static let standard = Output(descriptor: STDOUT_FILENO)

    let isTerminal: Bool
    /// The colors: for a terminal only, and not if `NO_COLOR` is set.
    let palette: Palette
    private let descriptor: Int32
    private let failure = Mutex<Int32>(0)

    init(descriptor: Int32) {
        self.descriptor = descriptor
        isTerminal = isatty(descriptor) == 1
        let refuses = Self.variable("NO_COLOR")?.isEmpty == false || Self.variable("TERM") == "dumb"
        palette = Palette(isOn: isTerminal && !refuses)
    }

    /// Indicates whether a write failed; later lines are dropped.
    var hasFailed: Bool { failure.withLock { $0 != 0 } }

    /// Indicates whether the reader has closed the pipe; found out without writing, since `tail` may be silent for hours.
    var isReaderGone: Bool {
        var state = pollfd(fd: descriptor, events: 0, revents: 0)
        guard poll(&state, 1, 0) > 0 else { return false }
        return Int32(state.revents) & Int32(POLLERR | POLLHUP | POLLNVAL) != 0
    }

    /// Writes a text, with a newline at its end.
    func line(_ text: String) {
        var copy = text
        if copy.last != "\n" { copy += "\n" }
        copy.withUTF8 { write(UnsafeRawBufferPointer($0)) }
    }

    private func write(_ bytes: UnsafeRawBufferPointer) {
        failure.withLock { failure in
            var rest = bytes[...]
            while failure == 0, !rest.isEmpty {
                let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if written >= 0 {
                    rest = rest.dropFirst(written)
                } else if errno == EAGAIN {
                    var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    poll(&state, 1, -1)
                } else if errno != EINTR {
                    failure = errno
                }
            }
        }
    }

    /// Ends the process if a write failed; without a message if the reader has closed the pipe, as `head` does.
    func exitIfFailed() {
        let error = failure.withLock { $0 }
        guard error != 0 else { return }
        if error == EPIPE { exit(0) }
        Diagnostics.say("standard output: writing failed: \(Errno(rawValue: error))")
        exit(CommandFailure.Code.inputOutput.rawValue)
    }

    static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
#endif
