import Glibc

/// Writes the fields of one record into a buffer it keeps, as a JSON line or as journal fields.
///
/// Both forms come from one schema (``FieldVisitor``), so that they cannot differ. Nothing is allocated
/// after `init`: a sample is written on every tick for as long as the host lives. A field that does not fit is left out
/// whole, so that a record is a complete line of at most ``capacity`` bytes whatever is in it. A writer of dumps has a
/// buffer that grows up to ``longestLine``.
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
    /// The largest record in bytes that readers take.
    package static let longestLine = 1 << 20
    /// The largest text in bytes of UTF-8 where the buffer does not grow; of a longer one there is an ``Excerpt``.
    package static let textLimit = 400
    /// The largest sentence in bytes of UTF-8: three names, and numbers.
    private static let messageLimit = 1000

    /// The largest text in bytes of UTF-8.
    private let textLimit: Int
    /// The largest text in bytes once it is escaped: what most letters take.
    ///
    /// Two texts of control characters only would otherwise leave no room for the keys a record cannot be read without.
    private let escapedLimit: Int
    private var base: UnsafeMutablePointer<UInt8>
    private var size: Int
    private let largestSize: Int
    let style: Style
    private var limit: Int
    /// Bytes kept free for what comes behind a list.
    private var reserve = 0
    var overflowed = false
    /// Items of the row that is being written, and those before the next one that are not known.
    private var itemCount = 0
    private var unknownItems = 0
    private var itemSeparator = UInt8(ascii: ",")
    /// Bytes written.
    package private(set) var count = 0

    /// Makes a writer.
    ///
    /// - Parameters:
    ///   - style: The form of the output.
    ///   - grows: Whether records may be as long as readers take; for what is written off the sampling path.
    package init(style: Style, grows: Bool = false) {
        self.style = style
        size = Self.capacity
        largestSize = grows ? Self.longestLine : Self.capacity
        textLimit = grows ? 1 << 16 : Self.textLimit
        escapedLimit = 3 * textLimit
        base = .allocate(capacity: size)
        // Room for the closing brace and the newline.
        limit = size - 2
    }

    deinit {
        base.deallocate()
    }

    /// What was written since `begin()`; valid until the next change.
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    // MARK: Room

    /// Bytes that can still be written.
    var room: Int { largestSize - 2 - reserve - count }

    /// Whether there is room for more bytes, or can be made.
    @inline(__always)
    private mutating func hasRoom(_ more: Int) -> Bool { count + more <= limit || grow(to: count + more) }

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

    /// Keeps bytes free while something is written that takes as much as there is.
    mutating func reserving(_ bytes: Int, _ body: (inout FieldWriter) -> Void) {
        reserve += bytes
        limit -= bytes
        body(&self)
        reserve -= bytes
        limit += bytes
    }

    /// Takes back what was written behind `start`.
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

    /// Seconds with six decimals; what is not finite is left out.
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

    /// A journal field with a name of its own, outside of our prefix.
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
        if overflowed || !hasRoom(1) {
            count = start
        } else {
            close()
        }
    }

    /// Begins a field if there is room for it: one look for prefix, key, value and what closes it.
    private mutating func open(_ key: StaticString, longest: Int) -> Bool {
        let length = key.utf8CodeUnitCount
        let prefix = StaticString("CLASS_TRACKER_")
        guard hasRoom(prefix.utf8CodeUnitCount + length + longest + 4) else { return false }
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
        guard hasRoom(1) else {
            overflowed = true
            return
        }
        base[count] = byte
        count += 1
    }

    package mutating func put(_ literal: StaticString) {
        let length = literal.utf8CodeUnitCount
        guard hasRoom(length) else {
            overflowed = true
            return
        }
        memcpy(base + count, literal.utf8Start, length)
        count += length
    }

    package mutating func decimal(_ value: Int) {
        guard hasRoom(Digits.longest) else {
            overflowed = true
            return
        }
        count += Digits.write(value, to: base + count)
    }

    mutating func micros(_ seconds: Double) {
        // A list has no place for what is left out.
        let seconds = seconds.magnitude < Digits.secondsLimit ? seconds : 0
        guard hasRoom(Digits.longest) else {
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

    /// Begins the next item of a row, behind `null` for each one that was not known; returns its value.
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
    /// Text that cannot end its field: escaped in JSON, cleaned for the journal.
    package mutating func string(_ value: String) {
        guard style == .journal else {
            quoted(value)
            return
        }
        cleaned(value, limit: textLimit)
    }

    /// A sentence that has its names cut already, so that its numbers are there.
    mutating func sentence(_ value: String) { cleaned(value, limit: max(textLimit, Self.messageLimit)) }

    private mutating func cleaned(_ value: String, limit: Int) {
        if plain(value, quotes: 0, limit: limit) { return }
        // journald takes any byte, but shows a value with control characters as a blob and hands them to the terminal of
        // whoever reads with `-o cat`; a newline would end the field. What stands for them takes more bytes.
        func shown(_ scalar: Unicode.Scalar) -> Unicode.Scalar { scalar.isPrintable ? scalar : "\u{FFFD}" }
        Excerpt(value, limit: limit) { max(UTF8.width($0), UTF8.width(shown($0))) }
            .visit { scalar in
                for byte in UTF8.encode(shown(scalar)).unsafelyUnwrapped { put(byte) }
            }
    }

    /// Text of JSON with its quotes, which is what lists have in every form.
    mutating func quoted(_ value: String) {
        if plain(value, quotes: 1, limit: textLimit) { return }
        put(UInt8(ascii: "\""))
        // Escaped, most letters take three times their bytes.
        Excerpt(value, limit: escapedLimit) { max(3 * UTF8.width($0), Self.escapedWidth($0)) }.visit { escaped($0) }
        put(UInt8(ascii: "\""))
    }

    /// Copies text that is the same in every form, as nearly all is; `false`, and nothing written, where it is not.
    private mutating func plain(_ value: String, quotes: Int, limit: Int) -> Bool {
        let length = value.utf8.count
        guard length <= limit, hasRoom(length + quotes + 1) else { return false }
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

    /// Bytes that a scalar takes in JSON.
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
    /// Whether a terminal shows the scalar and nothing else happens: no control, format, separator or private character.
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
