/// Reads a list value by value, in a line whose grammar the scanner has checked.
///
/// A value of another type than requested yields `nil`, and the values after it are meaningless.
package struct JSONList {
    private let bytes: UnsafeRawBufferPointer
    /// The position before the next value, or before the bracket or comma that precedes it.
    private var position = 0

    /// Creates a list; the position is before the opening bracket.
    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    private mutating func peek() -> UInt8 {
        while position < bytes.count {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A else { return byte }
            position += 1
        }
        return 0
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        position += 1
        return true
    }

    /// Enters a list.
    mutating func open() -> Bool { take(UInt8(ascii: "[")) }

    /// Returns whether another value follows; if not, leaves the list.
    mutating func next() -> Bool {
        if take(UInt8(ascii: "]")) { return false }
        _ = take(UInt8(ascii: ","))
        return peek() != 0
    }

    mutating func integer() -> Int? { scalar().flatMap { JSONFieldScanner.integer($0) } }

    mutating func double() -> Double? { scalar().flatMap { JSONFieldScanner.double($0) } }

    /// Returns whether the value is `null`, and skips it if so.
    mutating func isNull() -> Bool {
        guard peek() == UInt8(ascii: "n") else { return false }
        _ = scalar()
        return true
    }

    /// Indicates whether the value is a list.
    mutating func isList() -> Bool { peek() == UInt8(ascii: "[") }

    mutating func text(_ names: inout NameCache) -> String? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        let start = position
        var hasEscapes = false
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            if bytes[position] == UInt8(ascii: "\\") {
                hasEscapes = true
                position += 1
            }
            position += 1
        }
        guard position < bytes.count else { return nil }
        let text = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
        position += 1
        return hasEscapes ? JSONFieldScanner.text(text) : names.text(text)
    }

    /// Skips values that a newer version has appended, and leaves the list.
    mutating func close() -> Bool {
        while next() {
            if isList() {
                guard open(), close() else { return false }
            } else if peek() == UInt8(ascii: "\"") {
                var names = NameCache()
                guard text(&names) != nil else { return false }
            } else if scalar() == nil {
                return false
            }
        }
        return true
    }

    private mutating func scalar() -> UnsafeRawBufferPointer? {
        _ = peek()
        let start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "["), UInt8(ascii: "\""), 0x20, 0x09, 0x0D, 0x0A:
                return position > start ? UnsafeRawBufferPointer(rebasing: bytes[start..<position]) : nil
            default: position += 1
            }
        }
        return nil
    }
}

/// The most recently read names: a million objects have few, and creating a string for each would take most of the
/// time.
struct NameCache {
    private static let capacity = 64

    private var names: [String] = []

    /// Returns the text as a string; `nil` if it is not Unicode.
    mutating func text(_ bytes: UnsafeRawBufferPointer) -> String? {
        // Short strings need no memory of their own.
        guard bytes.count > 15 else { return String(validating: bytes, as: UTF8.self) }
        let slot = Self.slot(of: bytes)
        if names.isEmpty { names = Array(repeating: "", count: Self.capacity) }
        let isSame = names[slot].utf8
            .withContiguousStorageIfAvailable { known in
                known.count == bytes.count && known.elementsEqual(bytes)
            }
        if isSame == true { return names[slot] }
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        names[slot] = text
        return text
    }

    private static func slot(of bytes: UnsafeRawBufferPointer) -> Int {
        // The ends differ most.
        var hash = UInt64(bytes.count)
        hash = (hash ^ UInt64(bytes[bytes.count - 1])) &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ UInt64(bytes[bytes.count - 2])) &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ UInt64(bytes[bytes.count / 2])) &* 0x9E37_79B9_7F4A_7C15
        return Int(hash >> 58)
    }
}
