/// Writes a mangled type out in full, so that parts of it can be replaced.
///
/// A mangling refers to its earlier parts by number (`AA`, `S2i`) and to earlier words inside identifiers
/// (`0C7Tracker`). Replacing a part would change those numbers, so they are written out first. Anything that is not
/// understood exactly fails: a type that was misread would make the sizer follow words that are not pointers.
///
/// It supports the types of stored properties; entities that only functions have are omitted.
package struct MangledTypeReader {
    /// A mangling that is written out may grow exponentially, which no real one does.
    package static let maximumLength = 16 * 1024

    /// The compiler repeats no part more often in one operator.
    static let maximumRepetition = 2048

    /// The mangling cannot be read.
    struct Unreadable: Error {}

    private let input: [UInt8]
    private var position = 0
    var stack: [MangledPiece] = []
    private var substitutions: [MangledPiece] = []
    private var words: [ArraySlice<UInt8>] = []

    private init(_ input: [UInt8]) { self.input = input }

    /// Reads a type.
    ///
    /// - Parameter mangled: The mangling without prefix, preceded by the generic signature of its context, if it has
    ///   one.
    /// - Returns: The type without the signature, or nil if it is not understood.
    package static func type(_ mangled: [UInt8]) -> MangledPiece? {
        guard !mangled.isEmpty, mangled.count <= maximumLength,
            mangled.allSatisfy({ (0x20..<0x7f).contains($0) })
        else { return nil }
        var reader = MangledTypeReader(mangled)
        do {
            try reader.read()
        } catch {
            return nil
        }
        // The signature is not part of the type; the runtime takes it from the context.
        if reader.stack.count == 2, reader.stack[0].kind == .signature { reader.stack.removeFirst() }
        guard reader.stack.count == 1, reader.stack[0].isType else { return nil }
        return reader.stack[0]
    }

    private mutating func read() throws(Unreadable) {
        while position < input.count {
            try readOperator(next())
            guard stack.count <= Self.maximumLength else { throw Unreadable() }
        }
    }

    // MARK: - Text

    mutating func next() throws(Unreadable) -> UInt8 {
        guard position < input.count else { throw Unreadable() }
        defer { position += 1 }
        return input[position]
    }

    mutating func nextIf(_ character: Unicode.Scalar) -> Bool {
        guard position < input.count, input[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func pushBack() { position -= 1 }

    /// Returns the text that was read since `start`, for operators that contain numbers.
    func text(since start: Int) -> [UInt8] { Array(input[start..<position]) }

    /// The position of the operator that was read last.
    var operatorStart: Int { position - 1 }

    mutating func natural() throws(Unreadable) -> Int {
        var number = 0
        let start = position
        while position < input.count, case let digit = input[position], digit >= 0x30, digit <= 0x39 {
            number = number * 10 + Int(digit - 0x30)
            // Larger than any length or count in a mangling of the maximum length.
            guard number < 1 << 30 else { throw Unreadable() }
            position += 1
        }
        guard position > start else { throw Unreadable() }
        return number
    }

    /// Reads `_` for 0, `0_` for 1 and so on.
    mutating func index() throws(Unreadable) -> Int {
        if nextIf("_") { return 0 }
        let number = try natural()
        guard nextIf("_") else { throw Unreadable() }
        return number + 1
    }

    // MARK: - Pieces

    mutating func push(_ piece: MangledPiece, isSubstitution: Bool = false) throws(Unreadable) {
        guard piece.bytes.count <= Self.maximumLength else { throw Unreadable() }
        if isSubstitution { substitutions.append(piece) }
        stack.append(piece)
    }

    mutating func pop(_ accepts: (MangledPiece) -> Bool) throws(Unreadable) -> MangledPiece {
        guard let top = stack.last, accepts(top) else { throw Unreadable() }
        return stack.removeLast()
    }

    /// Adds a piece to those to which later parts refer, without pushing it.
    mutating func note(_ piece: MangledPiece) { substitutions.append(piece) }

    mutating func popIf(_ kind: MangledPiece.Kind) -> MangledPiece? {
        guard let top = stack.last, top.kind == kind else { return nil }
        return stack.removeLast()
    }

    // MARK: - References to earlier parts

    /// Reads `A`: earlier parts by number, a lowercase letter for each but the last, a number for repetition.
    mutating func readSubstitutions() throws(Unreadable) {
        var count: Int?
        while true {
            let character = try next()
            switch character {
            case UInt8(ascii: "a")...UInt8(ascii: "z"):
                try pushSubstitution(Int(character - UInt8(ascii: "a")), count: count)
                count = nil
            case UInt8(ascii: "A")...UInt8(ascii: "Z"):
                return try pushSubstitution(Int(character - UInt8(ascii: "A")), count: count)
            case UInt8(ascii: "_"):
                // The number read as a count is that of a part beyond the letters.
                return try pushSubstitution((count.map { $0 + 1 } ?? 0) + 26, count: nil)
            default:
                pushBack()
                count = try natural()
            }
        }
    }

    private mutating func pushSubstitution(_ number: Int, count: Int?) throws(Unreadable) {
        guard number < substitutions.count, (count ?? 1) <= Self.maximumRepetition else { throw Unreadable() }
        for _ in 0..<max(count ?? 1, 1) { stack.append(substitutions[number]) }
    }

    /// Reads an identifier, which begins with its length, or with a zero if it contains words of earlier ones.
    mutating func readIdentifier() throws(Unreadable) {
        var identifier: [UInt8] = []
        var hasWords = false
        let start = position
        if nextIf("0") {
            if nextIf("0") { return try readEncodedIdentifier(since: start) }
            hasWords = true
        }
        repeat {
            while hasWords, position < input.count, let word = Self.word(input[position]) {
                guard word.number < words.count else { throw Unreadable() }
                identifier += words[word.number]
                hasWords = !word.isLast
                position += 1
            }
            if nextIf("0") { break }
            let length = try natural()
            guard length > 0, length <= input.count - position else { throw Unreadable() }
            let slice = input[position..<position + length]
            identifier += slice
            addWords(of: slice)
            position += length
        } while hasWords
        guard let first = identifier.first else { throw Unreadable() }
        // The length is followed by the text, so a text that begins with a digit would be ambiguous.
        guard !(0x30...0x39).contains(first) else { throw Unreadable() }
        let text = Array(String(identifier.count).utf8) + identifier
        try push(MangledPiece(.identifier, text, name: identifier), isSubstitution: true)
    }

    /// Reads an identifier in Punycode, which neither contains nor adds words and is kept as it is.
    private mutating func readEncodedIdentifier(since start: Int) throws(Unreadable) {
        let length = try natural()
        _ = nextIf("_")
        guard length > 0, length <= input.count - position else { throw Unreadable() }
        position += length
        try push(MangledPiece(.identifier, text(since: start)), isSubstitution: true)
    }

    private static func word(_ character: UInt8) -> (number: Int, isLast: Bool)? {
        switch character {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): (Int(character - UInt8(ascii: "a")), false)
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): (Int(character - UInt8(ascii: "A")), true)
        default: nil
        }
    }

    /// Stores the words of an identifier as the compiler does: at most 26, each of two letters or more.
    private mutating func addWords(of text: ArraySlice<UInt8>) {
        var start: Int?
        for place in text.startIndex...text.endIndex {
            let character = place < text.endIndex ? text[place] : 0
            if let begin = start, Self.isWordEnd(character, after: text[place - 1]) {
                if place - begin >= 2, words.count < 26 { words.append(text[begin..<place]) }
                start = nil
            }
            let isDigit = (0x30...0x39).contains(character)
            if start == nil, !isDigit, character != UInt8(ascii: "_"), character != 0 { start = place }
        }
    }

    private static func isWordEnd(_ character: UInt8, after previous: UInt8) -> Bool {
        if character == UInt8(ascii: "_") || character == 0 { return true }
        return !isUpper(previous) && isUpper(character)
    }

    private static func isUpper(_ character: UInt8) -> Bool { (0x41...0x5a).contains(character) }
}
