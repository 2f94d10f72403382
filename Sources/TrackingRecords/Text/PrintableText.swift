extension String {
    /// The text without characters that move a terminal's cursor or forge a line: records contain names from other
    /// sources.
    package var printable: String {
        // Nearly all texts are plain.
        if utf8.allSatisfy({ $0 >= 0x20 && $0 <= 0x7E }) { return self }
        return String(String.UnicodeScalarView(unicodeScalars.map { $0.isPrintable ? $0 : "\u{FFFD}" }))
    }
}
