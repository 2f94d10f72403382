#if CLI
import ClassTracking
import Glibc

/// Lines on standard error.
enum Diagnostics {
    /// One line; whatever the text holds, it stays one.
    static func say(_ text: String) {
        // As a file is called on the command line, which says nothing in an error.
        let subject = text.hasPrefix("-: ") ? "standard input" + text.dropFirst() : text
        let line = "class-tracker: \(subject.printable)\n"
        _ = line.withCString { write(STDERR_FILENO, $0, line.utf8.count) }
    }
}

extension String {
    /// The text without anything that moves a terminal's cursor or forges a line: records hold names that others chose.
    var printable: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.isPrintable ? $0 : "\u{FFFD}" }))
    }
}
#endif
