/// A text limited to a length: if it is longer, its beginning and its end, with a mark between them.
///
/// The mark, `…0123456789ab…`, contains a hash of the whole text, so that two different texts remain different when
/// they are cut: names of generic classes may be kilobytes long and differ only in the middle. All texts that are cut
/// use this type. Nothing is allocated.
package struct Excerpt {
    private let scalars: String.UnicodeScalarView
    /// The omitted part: from the end of the beginning to the begin of the end.
    private let cut: Range<String.Index>?
    private let hash: UInt64
    private let digits: Int

    /// Determines the shown parts of a text.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - limit: The largest total cost.
    ///   - digits: The number of digits of the hash; with 0 the mark is `…`, for text that is only displayed.
    ///   - cost: Returns the cost of a scalar.
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
        let available = max(0, limit - (digits > 0 ? 2 : 1) * cost(Self.ellipsis) - digits * cost("0"))
        var (head, tail) = (scalars.startIndex, scalars.endIndex)
        var rest = available / 2
        while head < tail, case let next = cost(scalars[head]), next <= rest {
            rest -= next
            head = scalars.index(after: head)
        }
        rest += available - available / 2
        while head < tail, case let before = scalars.index(before: tail), case let next = cost(scalars[before]),
            next <= rest
        {
            rest -= next
            tail = before
        }
        cut = head..<tail
    }

    /// Calls `body` with each shown scalar.
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

    /// Computes FNV-1a: the same in every process and version, because files of several of them are compared.
    private static func hash(of text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

extension String {
    /// Returns the text or, if it takes more bytes than `limit`, its beginning and its end.
    package func shortened(to limit: Int = 160) -> String {
        guard utf8.count > limit else { return self }
        var text = ""
        Excerpt(self, limit: limit, cost: UTF8.width).visit { text.unicodeScalars.append($0) }
        return text
    }

    /// Returns the text or, if it has more scalars than `limit`, its beginning and its end.
    package func shortened(toScalars limit: Int, digits: Int = 12) -> String {
        guard utf8.count > limit else { return self }
        var text = ""
        Excerpt(self, limit: limit, digits: digits) { _ in 1 }.visit { text.unicodeScalars.append($0) }
        return text
    }
}
