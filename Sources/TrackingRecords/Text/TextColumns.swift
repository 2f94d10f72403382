/// The width of text in columns of a terminal, and text padded to a width.
///
/// East Asian wide characters and emoji take two columns, combining marks none, as in `wcwidth(3)`. A character of
/// several scalars is drawn in one place.
extension StringProtocol {
    /// The number of columns that a terminal needs for the text.
    package var columns: Int {
        // Nearly all text is ASCII; shown names have no control characters.
        if utf8.allSatisfy({ $0 < 0x80 }) { return utf8.count }
        return reduce(0) { $0 + $1.columns }
    }
}

extension String {
    /// The text padded with spaces at its end, up to a width.
    package func left(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - columns)) }

    /// The text padded with spaces at its beginning, up to a width.
    package func right(_ width: Int) -> String { String(repeating: " ", count: max(0, width - columns)) + self }

    /// The beginning of the text, with dots for the rest if it is wider.
    package func cut(_ width: Int) -> String { columns <= width ? self : Self.fitting(self, width - 2) + ".." }

    /// The end of the text, with dots for the rest if it is wider: modules come first in names, and matter least.
    package func cutLeft(_ width: Int) -> String {
        columns <= width ? self : ".." + String(Self.fitting(reversed(), width - 2).reversed())
    }

    /// The text without the padding at its end.
    package var trimmed: String {
        var rest = self[...]
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }

    /// Returns as many characters as fit into a number of columns.
    private static func fitting(_ characters: some Sequence<Character>, _ width: Int) -> String {
        var (text, left) = ("", width)
        for character in characters {
            left -= character.columns
            if left < 0 { break }
            text.append(character)
        }
        return text
    }
}

extension Character {
    /// The number of columns that a terminal needs for the character.
    fileprivate var columns: Int {
        guard let first = unicodeScalars.first else { return 0 }
        if first.columns == 2 { return 2 }
        var columns = 0
        for scalar in unicodeScalars {
            // The variation selector of the colored form.
            if scalar.value == 0xFE0F { return 2 }
            columns += scalar.columns
        }
        return columns
    }
}

extension Unicode.Scalar {
    /// Blocks that are wide or full-width in UAX #11, except emoji; ascending.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F,
        0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6,
        0x16FE0...0x18D08, 0x1AFF0...0x1B2FB, 0x1F200...0x1F265, 0x20000...0x3FFFD,
    ]

    fileprivate var columns: Int {
        switch value {
        case 0..<0x300: return 1
        // Vowels and finals of Korean, which join the preceding character.
        case 0x1160...0x11FF, 0xD7B0...0xD7FF: return 0
        default: break
        }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        // Two of these form one flag.
        if (0x1F1E6...0x1F1FF).contains(value) { return 1 }
        return properties.isEmojiPresentation || Self.wide.contains { $0.contains(value) } ? 2 : 1
    }
}
