extension String {
    /// The text without anything that moves a terminal's cursor or forges a line: records hold names that others chose.
    package var printable: String {
        // Nearly all texts are plain.
        if utf8.allSatisfy({ $0 >= 0x20 && $0 <= 0x7E }) { return self }
        return String(String.UnicodeScalarView(unicodeScalars.map { $0.isPrintable ? $0 : "\u{FFFD}" }))
    }
}
