import TrackingRecords

/// Finds the fields of one line of JSON, strictly and without building a tree.
///
/// A file of a day has a million lines; building a tree for each makes general JSON decoders an order of magnitude
/// slower than the disk. The scanner checks the grammar of RFC 8259 and stores the position of each field of the
/// outermost object.
package struct JSONFieldScanner {
    /// The reason why a line is not JSON.
    package struct Damage: Error, Equatable {
        package var reason: String
        /// Byte offset within the line.
        package var offset: Int
    }

    private struct Field {
        var key: Range<Int>
        var value: Range<Int>
    }

    /// Records never nest this deep; the limit keeps a hostile line from exhausting the stack.
    private static let maximumDepth = 16

    private var fields: [Field] = []
    /// Fields are mostly requested in the order of the line.
    private var expected = 0

    package init() {}

    /// Scans a line that holds one object.
    package mutating func scan(_ line: UnsafeRawBufferPointer) throws(Damage) {
        fields.removeAll(keepingCapacity: true)
        expected = 0
        var cursor = Cursor(bytes: line)
        cursor.skipSpace()
        try cursor.expect(UInt8(ascii: "{"), "an object")
        cursor.skipSpace()
        if cursor.peek() == UInt8(ascii: "}") {
            cursor.position += 1
        } else {
            repeat {
                cursor.skipSpace()
                let key = try cursor.string()
                cursor.skipSpace()
                try cursor.expect(UInt8(ascii: ":"), "a colon")
                cursor.skipSpace()
                let value = try cursor.value(depth: Self.maximumDepth)
                fields.append(Field(key: key, value: value))
                cursor.skipSpace()
            } while cursor.take(UInt8(ascii: ","))
            try cursor.expect(UInt8(ascii: "}"), "a comma or the end of the object")
        }
        cursor.skipSpace()
        if cursor.position != line.count { throw cursor.damage("nothing after the object") }
    }

    /// Indicates whether a text is exactly one JSON list.
    package static func isList(_ text: String) -> Bool {
        guard text.utf8.first == UInt8(ascii: "[") else { return false }
        var scanner = JSONFieldScanner()
        var line = "{\"list\":\(text)}"
        return line.withUTF8 { bytes in
            do {
                try scanner.scan(UnsafeRawBufferPointer(bytes))
                return scanner.fields.count == 1
            } catch {
                return false
            }
        }
    }

    // MARK: Values by key

    package mutating func integer(_ key: StaticString, in line: UnsafeRawBufferPointer) -> Int? {
        value(key, in: line).flatMap { Self.integer(UnsafeRawBufferPointer(rebasing: line[$0])) }
    }

    /// Returns a number with the magnitude of numbers in records; larger ones could not be written again.
    package mutating func double(_ key: StaticString, in line: UnsafeRawBufferPointer) -> Double? {
        guard let range = value(key, in: line),
            let number = Self.double(UnsafeRawBufferPointer(rebasing: line[range])),
            number.magnitude < Digits.secondsLimit
        else { return nil }
        return number
    }

    package mutating func flag(_ key: StaticString, in line: UnsafeRawBufferPointer) -> Bool? {
        guard let range = value(key, in: line) else { return nil }
        switch line[range.lowerBound] {
        case UInt8(ascii: "t"): return true
        case UInt8(ascii: "f"): return false
        default: return nil
        }
    }

    package mutating func text(_ key: StaticString, in line: UnsafeRawBufferPointer) -> String? {
        guard let range = value(key, in: line), line[range.lowerBound] == UInt8(ascii: "\"") else { return nil }
        return Self.text(UnsafeRawBufferPointer(rebasing: line[range.lowerBound + 1..<range.upperBound - 1]))
    }

    /// Returns the content of a list.
    package mutating func list(_ key: StaticString, in line: UnsafeRawBufferPointer) -> JSONList? {
        guard let range = value(key, in: line), line[range.lowerBound] == UInt8(ascii: "[") else { return nil }
        return JSONList(UnsafeRawBufferPointer(rebasing: line[range]))
    }

    /// Returns the bytes between the quotes of a text; `nil` if it has escapes, which must be decoded first.
    mutating func plainText(_ key: StaticString, in line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard let range = value(key, in: line), line[range.lowerBound] == UInt8(ascii: "\"") else { return nil }
        let text = UnsafeRawBufferPointer(rebasing: line[range.lowerBound + 1..<range.upperBound - 1])
        return text.contains(UInt8(ascii: "\\")) ? nil : text
    }

    private mutating func value(_ key: StaticString, in line: UnsafeRawBufferPointer) -> Range<Int>? {
        var index = expected
        for _ in fields.indices {
            if index >= fields.count { index = 0 }
            if Self.matches(line, fields[index].key, key) {
                expected = index + 1
                return fields[index].value
            }
            index += 1
        }
        return nil
    }

    private static func matches(_ line: UnsafeRawBufferPointer, _ range: Range<Int>, _ key: StaticString) -> Bool {
        guard range.count == key.utf8CodeUnitCount else { return false }
        for index in 0..<range.count where line[range.lowerBound + index] != key.utf8Start[index] { return false }
        return true
    }
}

// MARK: - Conversions

extension JSONFieldScanner {
    package static func integer(_ bytes: UnsafeRawBufferPointer) -> Int? {
        var index = 0
        let negative = bytes.first == UInt8(ascii: "-")
        if negative { index = 1 }
        guard index < bytes.count else { return nil }
        var value = 0
        while index < bytes.count {
            let digit = Int(bytes[index]) - 48
            guard digit >= 0, digit <= 9 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.subtractingReportingOverflow(digit)
            if overflow || carry { return nil }
            value = sum
            index += 1
        }
        // Kept negative, because Int.min has no positive counterpart.
        if negative { return value }
        return value == .min ? nil : -value
    }

    package static func double(_ bytes: UnsafeRawBufferPointer) -> Double? {
        // For numbers of at most 15 digits and six decimals, as records have: dividing two exact doubles rounds once,
        // like strtod.
        var mantissa = 0
        var decimals = -1
        var digits = 0
        var index = 0
        let negative = bytes.first == UInt8(ascii: "-")
        if negative { index = 1 }
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "."), decimals < 0 {
                decimals = 0
            } else if byte >= 48, byte <= 57, digits < 16 {
                mantissa = mantissa * 10 + Int(byte) - 48
                digits += 1
                if decimals >= 0 { decimals += 1 }
            } else {
                return Double(String(decoding: bytes, as: UTF8.self))
            }
            index += 1
        }
        guard digits > 0 else { return nil }
        guard mantissa < 1 << 53 else { return Double(String(decoding: bytes, as: UTF8.self)) }
        var divisor = 1.0
        for _ in 0..<max(decimals, 0) { divisor *= 10 }
        let value = Double(mantissa) / divisor
        return negative ? -value : value
    }

    /// Returns the text between the quotes with escapes decoded; `nil` if it is not Unicode.
    package static func text(_ bytes: UnsafeRawBufferPointer) -> String? {
        guard bytes.contains(UInt8(ascii: "\\")) else { return String(validating: bytes, as: UTF8.self) }
        var units: [UInt16] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "\\") else {
                let start = index
                while index < bytes.count, bytes[index] != UInt8(ascii: "\\") { index += 1 }
                guard let run = String(validating: bytes[start..<index], as: UTF8.self) else { return nil }
                units.append(contentsOf: run.utf16)
                continue
            }
            switch bytes[index + 1] {
            case UInt8(ascii: "n"): units.append(10)
            case UInt8(ascii: "t"): units.append(9)
            case UInt8(ascii: "r"): units.append(13)
            case UInt8(ascii: "b"): units.append(8)
            case UInt8(ascii: "f"): units.append(12)
            case UInt8(ascii: "u"):
                let digits = String(decoding: bytes[index + 2..<index + 6], as: UTF8.self)
                guard let unit = UInt16(digits, radix: 16) else { return nil }
                units.append(unit)
                index += 4
            case let other: units.append(UInt16(other))
            }
            index += 2
        }
        return String(validating: units, as: UTF16.self)
    }
}

// MARK: - Grammar

private struct Cursor {
    let bytes: UnsafeRawBufferPointer
    var position = 0

    func damage(_ expected: String) -> JSONFieldScanner.Damage {
        let what = position < bytes.count ? "expected \(expected)" : "the line ends where it needs \(expected)"
        return JSONFieldScanner.Damage(reason: what, offset: position)
    }

    func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        position += 1
        return true
    }

    mutating func expect(_ byte: UInt8, _ what: @autoclosure () -> String) throws(JSONFieldScanner.Damage) {
        guard take(byte) else { throw damage(what()) }
    }

    mutating func skipSpace() {
        while let byte = peek(), byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A { position += 1 }
    }

    /// Returns the range between the quotes.
    mutating func string() throws(JSONFieldScanner.Damage) -> Range<Int> {
        try expect(UInt8(ascii: "\""), "a string")
        let start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return start..<position - 1
            case UInt8(ascii: "\\"):
                position += 1
                try escape()
            case 0..<0x20: throw damage("no control character in a string")
            default: position += 1
            }
        }
        throw damage("the end of a string")
    }

    private mutating func escape() throws(JSONFieldScanner.Damage) {
        switch peek() {
        case UInt8(ascii: "u"):
            position += 1
            for _ in 0..<4 {
                guard let digit = peek(), Character(Unicode.Scalar(digit)).isHexDigit else {
                    throw damage("four hexadecimal digits")
                }
                position += 1
            }
        case .some(let byte) where "\"\\/bfnrt".utf8.contains(byte): position += 1
        default: throw damage("an escape")
        }
    }

    /// Returns the range of the value, quotes and brackets included.
    mutating func value(depth: Int) throws(JSONFieldScanner.Damage) -> Range<Int> {
        let start = position
        switch peek() {
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "{"): try container(depth: depth, closing: UInt8(ascii: "}"), keyed: true)
        case UInt8(ascii: "["): try container(depth: depth, closing: UInt8(ascii: "]"), keyed: false)
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        default: try number()
        }
        return start..<position
    }

    private mutating func container(depth: Int, closing: UInt8, keyed: Bool) throws(JSONFieldScanner.Damage) {
        guard depth > 0 else { throw damage("less nesting") }
        position += 1
        skipSpace()
        if take(closing) { return }
        repeat {
            skipSpace()
            if keyed {
                _ = try string()
                skipSpace()
                try expect(UInt8(ascii: ":"), "a colon")
                skipSpace()
            }
            _ = try value(depth: depth - 1)
            skipSpace()
        } while take(UInt8(ascii: ","))
        try expect(closing, "a comma or a closing bracket")
    }

    private mutating func literal(_ literal: StaticString) throws(JSONFieldScanner.Damage) {
        for index in 0..<literal.utf8CodeUnitCount {
            guard take(literal.utf8Start[index]) else { throw damage("a value") }
        }
    }

    private mutating func number() throws(JSONFieldScanner.Damage) {
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
    }

    private mutating func digits() throws(JSONFieldScanner.Damage) {
        let start = position
        while let byte = peek(), byte >= 48, byte <= 57 { position += 1 }
        if position == start { throw damage("a value") }
    }
}
