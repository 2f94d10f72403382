import Glibc

/// Writes the fields of one record into a buffer that it keeps, as a JSON line or as journal fields.
///
/// Both forms come from one schema (``FieldVisitor``), so they cannot differ. Nothing is allocated after `init`: a
/// sample is written on every tick for the lifetime of the host. A field that does not fit is omitted as a whole, so
/// that any record is a complete line of at most ``capacity`` bytes. A writer of dumps has a buffer that grows up to
/// ``longestLine``.
package struct FieldWriter: ~Copyable {
    /// The form of the output.
    package enum Style: Sendable {
        /// `{"key":value,…}` and a newline; pure ASCII.
        case json
        /// `CLASS_TRACKER_KEY=value` and a newline, for each field.
        case journal
    }

    /// The largest record in bytes: writes of one page or less are not torn by a signal on local file systems.
    package static let capacity = 4096
    /// The largest record in bytes that readers accept.
    package static let longestLine = 1 << 20
    /// The largest text in bytes of UTF-8 in a buffer that does not grow; a longer one is written as an ``Excerpt``.
    package static let textLimit = 400
    /// The largest sentence in bytes of UTF-8: three names, and numbers.
    private static let messageLimit = 1000

    /// The largest text in bytes of UTF-8.
    private let textLimit: Int
    /// The largest text in bytes after escaping: three times the limit, which is enough for most letters.
    ///
    /// Otherwise, two texts of control characters would leave no space for the keys that a record must have.
    private let escapedLimit: Int
    private var base: UnsafeMutablePointer<UInt8>
    private var size: Int
    private let largestSize: Int
    let style: Style
    private var limit: Int
    /// The bytes kept free for the text that follows a list.
    private var reserve = 0
    var overflowed = false
    /// The number of items of the current row, and of the unknown ones before the next item.
    private var itemCount = 0
    private var unknownItems = 0
    private var itemSeparator = UInt8(ascii: ",")
    /// The number of bytes written.
    package private(set) var count = 0

    /// Creates a writer.
    ///
    /// - Parameters:
    ///   - style: The form of the output.
    ///   - grows: Whether records may be as long as readers accept; for writers outside the sampling path.
    package init(style: Style, grows: Bool = false) {
        self.style = style
        size = Self.capacity
        largestSize = grows ? Self.longestLine : Self.capacity
        textLimit = grows ? 1 << 16 : Self.textLimit
        escapedLimit = 3 * textLimit
        base = .allocate(capacity: size)
        // Reserves the closing brace and the newline.
        limit = size - 2
    }

    deinit {
        base.deallocate()
    }

    /// The bytes written since `begin()`; valid until the next change.
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    // MARK: Space

    /// The number of bytes that can still be written.
    var remaining: Int { largestSize - 2 - reserve - count }

    /// Returns whether `bytes` more fit, after growing the buffer if necessary and allowed.
    @inline(__always)
    private mutating func hasSpace(_ more: Int) -> Bool { count + more <= limit || grow(to: count + more) }

    @inline(never)
    private mutating func grow(to needed: Int) -> Bool {
        guard needed + reserve + 2 <= largestSize else { return false }
        let larger = min(largestSize, max(size * 2, needed + reserve + 2))
        let grown = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        memcpy(grown, base, count)
        base.deallocate()
        base = grown
        size = larger
        limit = size - 2 - reserve
        return true
    }

    /// Keeps bytes free while `body` writes as much as fits.
    mutating func reserving(_ bytes: Int, _ body: (inout FieldWriter) -> Void) {
        reserve += bytes
        limit -= bytes
        body(&self)
        reserve -= bytes
        limit += bytes
    }

    /// Removes all bytes after `start`.
    mutating func rewind(to start: Int) {
        count = start
        overflowed = false
    }

    // MARK: Records

    package mutating func begin() {
        count = 0
        if style == .json { put(UInt8(ascii: "{")) }
    }

    package mutating func end() {
        guard style == .json else { return }
        if count > 1 { count -= 1 }  // the comma behind the last field
        base[count] = UInt8(ascii: "}")
        base[count + 1] = UInt8(ascii: "\n")
        count += 2
    }

    // MARK: Fields

    package mutating func integer(_ key: StaticString, _ value: Int?) {
        guard let value, open(key, longest: Digits.longest) else { return }
        count += Digits.write(value, to: base + count)
        close()
    }

    /// Writes seconds with six decimals; a value that is not finite is omitted.
    package mutating func seconds(_ key: StaticString, _ value: Double?) {
        guard let value, value.magnitude < Digits.secondsLimit, open(key, longest: Digits.longest) else { return }
        count += Digits.write(seconds: value, to: base + count)
        close()
    }

    package mutating func flag(_ key: StaticString, _ value: Bool?) {
        guard let value else { return }
        field(key) { $0.put(value ? "true" : "false") }
    }

    package mutating func text(_ key: StaticString, _ value: String?) {
        guard let value else { return }
        field(key) { $0.string(value) }
    }

    /// Writes a journal field with a name of its own, without our prefix.
    package mutating func standardField(_ name: StaticString, _ body: (inout FieldWriter) -> Void) {
        let start = count
        overflowed = false
        put(name)
        put(UInt8(ascii: "="))
        body(&self)
        put(UInt8(ascii: "\n"))
        if overflowed { count = start }
    }

    mutating func field(_ key: StaticString, _ value: (inout FieldWriter) -> Void) {
        let start = count
        overflowed = false
        guard open(key, longest: 0) else { return }
        value(&self)
        if overflowed || !hasSpace(1) {
            count = start
        } else {
            close()
        }
    }

    /// Begins a field if it fits: one check covers prefix, key, value and closing characters.
    private mutating func open(_ key: StaticString, longest: Int) -> Bool {
        let length = key.utf8CodeUnitCount
        let prefix = StaticString("CLASS_TRACKER_")
        guard hasSpace(prefix.utf8CodeUnitCount + length + longest + 4) else { return false }
        var end = base + count
        switch style {
        case .json:
            end[0] = UInt8(ascii: "\"")
            memcpy(end + 1, key.utf8Start, length)
            end += length + 1
            end[0] = UInt8(ascii: "\"")
            end[1] = UInt8(ascii: ":")
            end += 2
        case .journal:
            memcpy(end, prefix.utf8Start, prefix.utf8CodeUnitCount)
            end += prefix.utf8CodeUnitCount
            let source = key.utf8Start
            for index in 0..<length {
                let byte = source[index]
                end[index] = byte &- UInt8(ascii: "a") < 26 ? byte &- 32 : byte
            }
            end += length
            end[0] = UInt8(ascii: "=")
            end += 1
        }
        count = end - base
        return true
    }

    private mutating func close() {
        base[count] = style == .json ? UInt8(ascii: ",") : UInt8(ascii: "\n")
        count += 1
    }

    // MARK: Values

    package mutating func put(_ byte: UInt8) {
        guard hasSpace(1) else {
            overflowed = true
            return
        }
        base[count] = byte
        count += 1
    }

    package mutating func put(_ literal: StaticString) {
        let length = literal.utf8CodeUnitCount
        guard hasSpace(length) else {
            overflowed = true
            return
        }
        memcpy(base + count, literal.utf8Start, length)
        count += length
    }

    package mutating func decimal(_ value: Int) {
        guard hasSpace(Digits.longest) else {
            overflowed = true
            return
        }
        count += Digits.write(value, to: base + count)
    }

    mutating func micros(_ seconds: Double) {
        // An item of a list cannot be omitted.
        let seconds = seconds.magnitude < Digits.secondsLimit ? seconds : 0
        guard hasSpace(Digits.longest) else {
            overflowed = true
            return
        }
        count += Digits.write(seconds: seconds, to: base + count)
    }
}

// MARK: - Rows

extension FieldWriter {
    /// Writes one row of a list, in brackets unless `isCompact`.
    mutating func row(_ row: some ListRow, isCompact: Bool = false) {
        (itemCount, unknownItems) = (0, 0)
        itemSeparator = isCompact ? UInt8(ascii: ":") : UInt8(ascii: ",")
        if !isCompact { put(UInt8(ascii: "[")) }
        var row = row
        row.visitItems(&self)
        if !isCompact { put(UInt8(ascii: "]")) }
    }

    /// Begins the next item of a row, after `null` for each unknown one; returns its value.
    mutating func item<Value>(_ value: Value?) -> Value? {
        guard let value else {
            unknownItems += 1
            return nil
        }
        while unknownItems > 0 {
            separateItem()
            put("null")
            unknownItems -= 1
        }
        separateItem()
        return value
    }

    private mutating func separateItem() {
        if itemCount > 0 { put(itemSeparator) }
        itemCount += 1
    }
}

// MARK: - Text

extension FieldWriter: TextPieces {
    package mutating func append(_ literal: StaticString) { put(literal) }

    package mutating func append(_ number: Int) { decimal(number) }
}

extension FieldWriter {
    /// Writes a text that cannot end its field: escaped in JSON, cleaned for the journal.
    package mutating func string(_ value: String) {
        guard style == .journal else {
            quoted(value)
            return
        }
        cleaned(value, limit: textLimit)
    }

    /// Writes a sentence whose names are already shortened, so that its numbers are not cut off.
    mutating func sentence(_ value: String) { cleaned(value, limit: max(textLimit, Self.messageLimit)) }

    private mutating func cleaned(_ value: String, limit: Int) {
        if plain(value, quotes: 0, limit: limit) { return }
        // journald accepts any byte, but shows a value with control characters as a blob, and `journalctl -o cat` sends
        // them to the terminal; a newline would end the field. The replacement takes more bytes.
        func shown(_ scalar: Unicode.Scalar) -> Unicode.Scalar { scalar.isPrintable ? scalar : "\u{FFFD}" }
        Excerpt(value, limit: limit) { max(UTF8.width($0), UTF8.width(shown($0))) }
            .visit { scalar in
                for byte in UTF8.encode(shown(scalar)).unsafelyUnwrapped { put(byte) }
            }
    }

    /// Writes a JSON string with its quotes, as lists contain in every form.
    mutating func quoted(_ value: String) {
        if plain(value, quotes: 1, limit: textLimit) { return }
        put(UInt8(ascii: "\""))
        // Escaped, most non-ASCII letters take three times their bytes.
        Excerpt(value, limit: escapedLimit) { max(3 * UTF8.width($0), Self.escapedWidth($0)) }.visit { escaped($0) }
        put(UInt8(ascii: "\""))
    }

    /// Copies text that is the same in every form, as nearly all is; otherwise returns `false`, and writes nothing.
    private mutating func plain(_ value: String, quotes: Int, limit: Int) -> Bool {
        let length = value.utf8.count
        guard length <= limit, hasSpace(length + quotes + 1) else { return false }
        let target = base + count + quotes
        let isWritten = value.utf8.withContiguousStorageIfAvailable { bytes -> Bool in
            for index in 0..<bytes.count {
                let byte = bytes[index]
                guard byte >= 0x20, byte <= 0x7E, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") else {
                    return false
                }
                target[index] = byte
            }
            return true
        }
        guard isWritten == true else { return false }
        if quotes > 0 {
            base[count] = UInt8(ascii: "\"")
            target[length] = UInt8(ascii: "\"")
        }
        count += length + 2 * quotes
        return true
    }

    /// Returns the bytes of a scalar in JSON.
    private static func escapedWidth(_ scalar: Unicode.Scalar) -> Int {
        switch scalar {
        case "\"", "\\", "\n", "\t", "\r": 2
        case " "..."~": 1
        default: 6 * UTF16.width(scalar)
        }
    }

    private mutating func escaped(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "\"": put("\\\"")
        case "\\": put("\\\\")
        case "\n": put("\\n")
        case "\t": put("\\t")
        case "\r": put("\\r")
        case " "..."~": put(UInt8(truncatingIfNeeded: scalar.value))
        default:
            for unit in UTF16.encode(scalar).unsafelyUnwrapped {
                put("\\u")
                for shift in stride(from: 12, through: 0, by: -4) {
                    let digit = UInt8(truncatingIfNeeded: unit >> UInt16(shift) & 0xF)
                    put(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
                }
            }
        }
    }
}

extension Unicode.Scalar {
    /// Indicates whether a terminal shows the scalar without side effects: it is no control, format, separator or
    /// private character.
    package var isPrintable: Bool {
        switch value {
        case 0x20...0x7E: true
        case 0...0x9F: false
        default:
            switch properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
            default: true
            }
        }
    }
}
