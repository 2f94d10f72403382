import Runtime

/// Hands addresses to the runtime's symbolication, which takes backtraces of its own making only, or a stored one.
///
/// A stored one is JSON, which nothing but Foundation reads; so this stands in for the reader.
struct CompactBacktrace: Decoder {
    /// The addresses in the Compact Backtrace Format, in base 64.
    private let text: String

    #if arch(x86_64)
    private static let architecture = "x86_64"
    #else
    private static let architecture = "arm64"
    #endif

    /// - Parameter returnAddresses: Where calls return to.
    init(returnAddresses: [UInt]) {
        // Version 0, 64-bit addresses.
        var bytes: [UInt8] = [0x02]
        for address in returnAddresses {
            // An absolute return address, so many bytes less one.
            bytes.append(0x28 | 7)
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: address >> UInt(shift)))
            }
        }
        bytes.append(0)
        text = Self.base64(bytes)
    }

    /// The backtrace, or `nil` from a runtime that stores them otherwise.
    var backtrace: Backtrace? { try? Backtrace(from: self) }

    /// Without padding.
    static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var digits: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let piece = bytes[start..<min(start + 3, bytes.count)]
            var bits = 0
            for index in 0..<3 { bits = bits << 8 | (index < piece.count ? Int(piece[start + index]) : 0) }
            for index in 0...piece.count { digits.append(alphabet[bits >> (18 - 6 * index) & 63]) }
        }
        return String(decoding: digits, as: UTF8.self)
    }

    // MARK: Decoder

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(Fields(decoder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw Self.mismatch("an array") }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { throw Self.mismatch("a value") }

    private static func mismatch(_ what: String) -> DecodingError {
        .dataCorrupted(DecodingError.Context(codingPath: [], debugDescription: "A stored backtrace has not \(what)."))
    }

    /// The two fields that there are, both of them text.
    private struct Fields<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let decoder: CompactBacktrace

        var codingPath: [any CodingKey] { [] }
        var allKeys: [Key] { ["architecture", "backtrace"].compactMap { Key(stringValue: $0) } }

        func contains(_ key: Key) -> Bool { text(key) != nil }
        func decodeNil(forKey key: Key) -> Bool { !contains(key) }

        func decode(_ type: String.Type, forKey key: Key) throws -> String {
            guard let text = text(key) else { throw mismatch(key.stringValue) }
            return text
        }

        private func text(_ key: Key) -> String? {
            switch key.stringValue {
            case "architecture": architecture
            case "backtrace": decoder.text
            default: nil
            }
        }

        func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
            guard let value = try decode(String.self, forKey: key) as? Value else { throw mismatch("\(type)") }
            return value
        }

        func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { throw mismatch("\(type)") }
        func decode(_ type: Double.Type, forKey key: Key) throws -> Double { throw mismatch("\(type)") }
        func decode(_ type: Float.Type, forKey key: Key) throws -> Float { throw mismatch("\(type)") }
        func decode(_ type: Int.Type, forKey key: Key) throws -> Int { throw mismatch("\(type)") }
        func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { throw mismatch("\(type)") }
        func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { throw mismatch("\(type)") }
        func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { throw mismatch("\(type)") }
        func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { throw mismatch("\(type)") }
        func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { throw mismatch("\(type)") }
        func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { throw mismatch("\(type)") }
        func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { throw mismatch("\(type)") }
        func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { throw mismatch("\(type)") }
        func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { throw mismatch("\(type)") }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type,
            forKey key: Key
        ) throws -> KeyedDecodingContainer<Nested> {
            throw mismatch("nested values")
        }

        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            throw mismatch("nested values")
        }

        func superDecoder() throws -> any Decoder { decoder }
        func superDecoder(forKey key: Key) throws -> any Decoder { decoder }
    }
}
