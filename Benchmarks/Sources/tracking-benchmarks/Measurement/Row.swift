import ClassTracking
import Glibc

/// One line of the table that `run` prints: tab-separated, so that it can be put together with others.
struct Row {
    var figure: String
    var value: String
    var peer = "-"
    var ratio = "-"
    var target = "-"
    /// `nil` where nothing is asked for.
    var isMet: Bool?

    func print() {
        let verdict = isMet.map { $0 ? "OK" : "over" } ?? "info"
        Swift.print([figure, value, peer, ratio, target, verdict].joined(separator: "\t"))
        fflush(nil)
    }

    /// A figure that could not be measured here.
    static func skip(_ figure: String, _ reason: String) {
        Swift.print([figure, reason, "-", "-", "-", "skipped"].joined(separator: "\t"))
    }
}

extension Double {
    /// The number with so many decimals; without Foundation.
    func text(_ decimals: Int) -> String {
        guard isFinite else { return "?" }
        let scale = pow(10.0, Double(decimals))
        let scaled = Int((self * scale).rounded())
        let digits = String(scaled.magnitude)
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        let sign = scaled < 0 ? "-" : ""
        return decimals == 0 ? sign + padded : "\(sign)\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
    }

    /// Nanoseconds as microseconds.
    var asMicroseconds: String { (self / 1000).text(2) + " us" }
}

/// Ends the program: a figure that cannot be measured is no figure.
func fail(_ message: String) -> Never {
    complain("tracking-benchmarks: \(message)\n")
    exit(1)
}

func complain(_ text: String) {
    _ = try? FileDescriptor.standardError.writeAll(text.utf8)
}

extension Int {
    /// The number of bytes in the unit of all rows: `12.5 MiB`.
    var mebibytes: String { "\((Double(self) / 1_048_576).text(1)) MiB" }
}
