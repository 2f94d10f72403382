/// A text as far as there is room for it: where there is too little, the beginning and the end, and a mark between them.
///
/// The mark, `…0123456789ab…`, has a hash of the whole text in it, so that two texts never become one by being cut: names of
/// generic classes may be kilobytes long and differ only in the middle. All text that has to be cut is cut here. Nothing is
/// allocated.
package struct Excerpt {
    private let scalars: String.UnicodeScalarView
    /// Where the beginning ends, and where the end begins.
    private let cut: Range<String.Index>?
    private let hash: UInt64
    private let digits: Int

    /// Decides what of a text is shown.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - limit: How much room there is.
    ///   - digits: Digits of the hash; without any the mark is `…`, for what only looks alike.
    ///   - cost: How much of it a scalar takes.
    package init(_ text: String, limit: Int, digits: Int = 12, cost: (Unicode.Scalar) -> Int) {
        self.digits = digits
        scalars = text.unicodeScalars
        var total = 0
        var fits = true
        for scalar in scalars {
            total += cost(scalar)
            if total > limit {
                fits = false
                break
            }
        }
        guard !fits else {
            cut = nil
            hash = 0
            return
        }
        hash = Self.hash(of: text)
        let room = max(0, limit - (digits > 0 ? 2 : 1) * cost(Self.ellipsis) - digits * cost("0"))
        var (head, tail) = (scalars.startIndex, scalars.endIndex)
        var rest = room / 2
        while head < tail, case let next = cost(scalars[head]), next <= rest {
            rest -= next
            head = scalars.index(after: head)
        }
        rest += room - room / 2
        while head < tail, case let before = scalars.index(before: tail), case let next = cost(scalars[before]),
            next <= rest
        {
            rest -= next
            tail = before
        }
        cut = head..<tail
    }

    /// Calls `body` with each scalar of what is shown.
    package func visit(_ body: (Unicode.Scalar) -> Void) {
        guard let cut else {
            for scalar in scalars { body(scalar) }
            return
        }
        for scalar in scalars[..<cut.lowerBound] { body(scalar) }
        body(Self.ellipsis)
        for digit in (0..<digits).reversed() {
            let value = UInt8(truncatingIfNeeded: hash >> UInt64(4 * digit) & 0xF)
            body(Unicode.Scalar(value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10))
        }
        if digits > 0 { body(Self.ellipsis) }
        for scalar in scalars[cut.upperBound...] { body(scalar) }
    }

    private static let ellipsis: Unicode.Scalar = "\u{2026}"

    /// FNV-1a: the same in every process and version, because files of several of them are compared.
    private static func hash(of text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

extension String {
    /// The text, or where it takes more bytes than `limit`, its beginning and its end.
    package func shortened(to limit: Int = 160) -> String {
        guard utf8.count > limit else { return self }
        var text = ""
        Excerpt(self, limit: limit, cost: UTF8.width).visit { text.unicodeScalars.append($0) }
        return text
    }

    /// The text, or where it has more scalars than `limit`, its beginning and its end.
    package func shortened(toScalars limit: Int, digits: Int = 12) -> String {
        guard utf8.count > limit else { return self }
        var text = ""
        Excerpt(self, limit: limit, digits: digits) { _ in 1 }.visit { text.unicodeScalars.append($0) }
        return text
    }
}
