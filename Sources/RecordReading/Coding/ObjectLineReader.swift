import Glibc
import TrackingRecords

/// Reads the line of an object whose keys are in the order in which they are written, without referents.
///
/// A dump of a million objects has a million such lines, and finding the keys first would take most of the time. Any
/// other line is left to ``RecordDecoder``.
struct ObjectLineReader {
    private var name = LatestText()
    private var className = LatestText()

    /// Reads the object; returns `nil` for any other line.
    mutating func read(_ line: UnsafeRawBufferPointer) -> TrackedObjectRecord? {
        var line = Line(line)
        guard line.take(#"{"record":"object","#) else { return nil }
        if line.take(#""seq":"#) { guard line.integer() != nil, line.take(",") else { return nil } }
        guard line.take(#""id":"#), let id = line.integer(), line.take(#","name":"#), let name = line.text(&name) else {
            return nil
        }
        var className = name
        if line.take(#","class":"#) {
            guard let text = line.text(&self.className) else { return nil }
            className = text
        }
        var address = 0
        if line.take(#","address":"#) {
            guard let number = line.integer() else { return nil }
            address = number
        }
        guard line.take(#","birth_t_seconds":"#), let birth = line.seconds() else { return nil }
        var object = TrackedObjectRecord(
            id: UInt64(truncatingIfNeeded: id),
            name: name,
            className: className,
            address: UInt(bitPattern: address),
            birth: birth
        )
        if line.take(#","death_t_seconds":"#) {
            guard let death = line.seconds() else { return nil }
            object.death = death
        }
        if line.take(#","resolution_level":"#) {
            guard let level = line.integer() else { return nil }
            object.resolutionLevel = level
        }
        if line.take(#","trace":"#) {
            guard let trace = line.integer() else { return nil }
            object.trace = trace
        }
        if line.take(#","sizes":["#) {
            repeat {
                guard line.take("["), let timestamp = line.seconds(), line.take(","), let size = line.integer(),
                    line.take(","), let flat = line.integer(), line.take("]")
                else { return nil }
                let sized = SizedObject(name: className, size: size, flat: flat)
                object.sizes.append(ObjectSize(timestamp: timestamp, size: sized))
            } while line.take(",")
            guard line.take("]") else { return nil }
        }
        return line.take("}") && line.isAtEnd ? object : nil
    }

    /// The most recently read text: of a million objects, most have the same one as the object before.
    private struct LatestText {
        private var bytes: [UInt8] = []
        private var text = ""

        /// Returns the text as a string; `nil` if it is not Unicode.
        mutating func string(_ found: UnsafeRawBufferPointer) -> String? {
            let isSame = bytes.withUnsafeBytes { known in
                guard known.count == found.count, let left = known.baseAddress, let right = found.baseAddress else {
                    return false
                }
                return memcmp(left, right, found.count) == 0
            }
            if isSame { return text }
            guard let fresh = String(validating: found, as: UTF8.self) else { return nil }
            bytes = Array(found)
            text = fresh
            return fresh
        }
    }

    /// A line, read from its front.
    private struct Line {
        private let bytes: UnsafeRawBufferPointer
        private var position = 0

        init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        var isAtEnd: Bool { position == bytes.count }

        mutating func take(_ literal: StaticString) -> Bool {
            let length = literal.utf8CodeUnitCount
            guard let start = bytes.baseAddress, bytes.count - position >= length,
                memcmp(start + position, literal.utf8Start, length) == 0
            else { return false }
            position += length
            return true
        }

        /// Reads a whole number of at most 18 digits, which cannot overflow.
        mutating func integer() -> Int? {
            let start = position
            var value = 0
            while position < bytes.count, case let digit = bytes[position] &- 48, digit <= 9 {
                value = value &* 10 &+ Int(digit)
                position += 1
            }
            let count = position - start
            // A JSON number does not begin with a zero.
            guard count > 0, count <= 18, count == 1 || bytes[start] != 48 else { return nil }
            return value
        }

        /// Reads seconds with six decimals, as they are written.
        mutating func seconds() -> Double? {
            guard let whole = integer(), whole < 1_000_000_000, take(".") else { return nil }
            let start = position
            var value = whole
            while position < bytes.count, case let digit = bytes[position] &- 48, digit <= 9 {
                value = value &* 10 &+ Int(digit)
                position += 1
            }
            // Both are exact, so that the quotient is the nearest number.
            return position - start == 6 ? Double(value) / 1_000_000 : nil
        }

        /// Reads a text without escapes.
        mutating func text(_ latest: inout LatestText) -> String? {
            guard take("\""), let base = bytes.baseAddress, position < bytes.count,
                let quote = memchr(base + position, 0x22, bytes.count - position)
            else { return nil }
            let end = UnsafeRawPointer(quote) - base
            let text = UnsafeRawBufferPointer(rebasing: bytes[position..<end])
            for byte in text where byte < 0x20 || byte == UInt8(ascii: "\\") { return nil }
            position = end + 1
            return latest.string(text)
        }
    }
}
