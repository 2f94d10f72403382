import Glibc

/// Writes numbers as decimal text, two digits at a time, without bounds checks: the caller has reserved ``longest``
/// bytes.
package enum Digits {
    /// The bytes to reserve for any number, including those used while converting it.
    static let longest = 32
    /// The limit of the magnitude of seconds that are written: in microseconds, larger ones do not fit into an `Int`.
    package static let secondsLimit = 9e12

    private static let pairs = StaticString(
        """
        00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051\
        525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899
        """
    )

    /// Writes a number; returns its length.
    static func write(_ value: Int, to start: UnsafeMutablePointer<UInt8>) -> Int {
        guard value < 0 else { return write(value.magnitude, to: start) }
        start[0] = UInt8(ascii: "-")
        return 1 + write(value.magnitude, to: start + 1)
    }

    /// Writes seconds with six decimals, of a magnitude below ``secondsLimit``; returns the length.
    static func write(seconds: Double, to start: UnsafeMutablePointer<UInt8>) -> Int {
        let micros = Int((seconds * 1_000_000).rounded())
        var end = start
        if micros < 0 {
            end[0] = UInt8(ascii: "-")
            end += 1
        }
        end += write(micros.magnitude / 1_000_000, to: end)
        end[0] = UInt8(ascii: ".")
        let fraction = micros.magnitude % 1_000_000
        pair(fraction / 10_000, to: end + 1)
        pair(fraction / 100 % 100, to: end + 3)
        pair(fraction % 100, to: end + 5)
        return end + 7 - start
    }

    private static func write(_ value: UInt, to start: UnsafeMutablePointer<UInt8>) -> Int {
        // Written from the right, then moved to the start: the length is known when the digits are.
        let end = start + 20
        var first = end
        var rest = value
        while rest >= 100 {
            first -= 2
            pair(rest % 100, to: first)
            rest /= 100
        }
        if rest >= 10 {
            first -= 2
            pair(rest, to: first)
        } else {
            first -= 1
            first[0] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest)
        }
        let length = end - first
        memmove(start, first, length)
        return length
    }

    private static func pair(_ value: UInt, to target: UnsafeMutablePointer<UInt8>) {
        let index = Int(truncatingIfNeeded: value) * 2
        target[0] = pairs.utf8Start[index]
        target[1] = pairs.utf8Start[index + 1]
    }
}
