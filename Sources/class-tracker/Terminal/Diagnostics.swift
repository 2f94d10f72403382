#if CLI
import ClassTracking
import Glibc

/// Writes lines on standard error.
enum Diagnostics {
    /// Writes a text as one line, whatever characters it has.
    static func say(_ text: String) {
        // "-" names standard input on the command line, but would not be understood in an error.
        let subject = text.hasPrefix("-: ") ? "standard input" + text.dropFirst() : text
        let line = "class-tracker: \(subject.printable)\n"
        _ = line.withCString { write(STDERR_FILENO, $0, line.utf8.count) }
    }
}
#endif
