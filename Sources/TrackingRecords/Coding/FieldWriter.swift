import Glibc

/// Writes the fields of one record into a buffer it keeps, as a JSON line or as journal fields.
///
/// Both forms come from one list of fields (`Record.write(to:)`), so that they cannot differ. Nothing is allocated
/// after `init`: a sample is written on every tick for as long as the host lives. A field that does not fit is left out
/// whole, so that a record is a complete line of at most ``capacity`` bytes whatever is in it.
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
    /// The largest text in bytes of UTF-8; a name longer than this is cut.
    package static let textLimit = 400
    /// The largest text in bytes once it is escaped: what most letters take.
    ///
    /// Two texts of control characters only would otherwise leave no room for the keys a record cannot be read without.
    private static let escapedLimit = 3 * textLimit

    private let buffer: UnsafeMutableRawBufferPointer
    private let base: UnsafeMutablePointer<UInt8>
    private let style: Style
    private let limit: Int
    private var overflowed = false
    /// Bytes written.
    package private(set) var count = 0

    package init(style: Style) {
        self.style = style
        base = .allocate(capacity: Self.capacity)
        buffer = UnsafeMutableRawBufferPointer(start: base, count: Self.capacity)
        // Room for the closing brace and the newline.
        limit = Self.capacity - 2
    }

    deinit {
        base.deallocate()
    }

    /// What was written since `begin()`; valid until the next change.
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer[..<count]) }

    // MARK: Records

    package mutating func begin() {
        count = 0
        if style == .json { put(UInt8(ascii: "{")) }
    }

    package mutating func end() {
        guard style == .json else { return }
        if count > 1 { count -= 1 }  // the comma behind the last field
        buffer[count] = UInt8(ascii: "}")
        buffer[count + 1] = UInt8(ascii: "\n")
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
        guard let value, value.magnitude < 9e12, open(key, longest: Digits.longest) else { return }
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

    /// As many of the latest points as fit.
    package mutating func points(_ key: StaticString, _ points: [Spike.Point]) {
        var first = points.startIndex
        while first < points.endIndex {
            let before = count
            field(key) { $0.list(points[first...]) }
            if count > before { return }
            first += 1
        }
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

    private mutating func field(_ key: StaticString, _ value: (inout FieldWriter) -> Void) {
        let start = count
        overflowed = false
        guard open(key, longest: 0) else { return }
        value(&self)
        if overflowed || count >= limit {
            count = start
        } else {
            close()
        }
    }

    /// Begins a field if there is room for it: one look for prefix, key, value and what closes it.
    private mutating func open(_ key: StaticString, longest: Int) -> Bool {
        let length = key.utf8CodeUnitCount
        let prefix = StaticString("CLASS_TRACKER_")
        guard count + prefix.utf8CodeUnitCount + length + longest + 4 <= limit else { return false }
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
        guard count < limit else {
            overflowed = true
            return
        }
        buffer[count] = byte
        count += 1
    }

    package mutating func put(_ literal: StaticString) {
        let length = literal.utf8CodeUnitCount
        guard count + length <= limit else {
            overflowed = true
            return
        }
        let source = UnsafeRawBufferPointer(start: literal.utf8Start, count: length)
        UnsafeMutableRawBufferPointer(rebasing: buffer[count..<count + length]).copyMemory(from: source)
        count += length
    }

    package mutating func decimal(_ value: Int) {
        guard count + Digits.longest <= limit else {
            overflowed = true
            return
        }
        count += Digits.write(value, to: base + count)
    }

    private mutating func micros(_ seconds: Double) {
        guard count + Digits.longest <= limit else {
            overflowed = true
            return
        }
        count += Digits.write(seconds: seconds, to: base + count)
    }

    private mutating func list(_ points: ArraySlice<Spike.Point>) {
        if style == .json { put(UInt8(ascii: "[")) }
        for index in points.indices {
            let point = points[index]
            if index > points.startIndex { put(style == .json ? "," : " ") }
            if style == .json { put(UInt8(ascii: "[")) }
            micros(point.timestamp)
            put(style == .json ? "," : ":")
            decimal(point.residentSet)
            put(style == .json ? "," : ":")
            decimal(point.intervalPeak)
            if style == .json { put(UInt8(ascii: "]")) }
        }
        if style == .json { put(UInt8(ascii: "]")) }
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
        if plain(value) { return }
        switch style {
        case .json:
            put(UInt8(ascii: "\""))
            let end = count + Self.escapedLimit
            for scalar in value.unicodeScalars.prefixOf(bytes: Self.textLimit) {
                // A surrogate pair, the longest escape.
                guard count + 12 <= end else { break }
                escaped(scalar)
            }
            put(UInt8(ascii: "\""))
        case .journal:
            // journald takes any byte, but shows a value with control characters as a blob and hands them to the terminal of
            // whoever reads with `-o cat`; a newline would end the field. What stands for them takes more bytes.
            let end = count + Self.textLimit
            for scalar in value.unicodeScalars.prefixOf(bytes: Self.textLimit) {
                let shown = scalar.isPrintable ? scalar : "\u{FFFD}"
                guard count + UTF8.width(shown) <= end else { break }
                for byte in UTF8.encode(shown).unsafelyUnwrapped { put(byte) }
            }
        }
    }

    /// Copies text that is the same in every form, as nearly all is; `false`, and nothing written, where it is not.
    private mutating func plain(_ value: String) -> Bool {
        let isQuoted = style == .json
        let start = isQuoted ? count + 1 : count
        let room = min(Self.textLimit, limit - start - 1)
        let buffer = buffer
        let written = value.utf8.withContiguousStorageIfAvailable { bytes -> Int? in
            guard bytes.count <= room else { return nil }
            var offset = start
            for byte in bytes {
                guard byte >= 0x20, byte <= 0x7E, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") else {
                    return nil
                }
                buffer.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
                offset += 1
            }
            return bytes.count
        }
        guard let length = written ?? nil else { return false }
        if isQuoted {
            buffer[count] = UInt8(ascii: "\"")
            buffer[start + length] = UInt8(ascii: "\"")
        }
        count = isQuoted ? start + length + 1 : start + length
        return true
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

extension String.UnicodeScalarView {
    /// As many scalars from the start as take at most this many bytes of UTF-8.
    fileprivate func prefixOf(bytes limit: Int) -> Substring.UnicodeScalarView {
        var end = startIndex
        var bytes = 0
        while end < endIndex {
            bytes += UTF8.width(self[end])
            if bytes > limit { break }
            end = index(after: end)
        }
        return self[..<end]
    }
}
