/// Types that are neither declared nor generic: standard, builtin and function types, tuples and existentials.
extension MangledTypeReader {
    // MARK: - Standard types

    /// Reads `S`: types of the standard library that have a letter, and `Sg`, which forms an optional.
    mutating func readStandardType(since start: Int) throws(Unreadable) {
        if nextIf("o") || nextIf("C") { return try push(MangledPiece(.module, text(since: start))) }
        if nextIf("g") {
            let wrapped = try pop(\.isType)
            return try push(MangledPiece(.type, [wrapped], text(since: start)), isSubstitution: true)
        }
        var count = 1
        if !nextIf("c") {
            let first = try next()
            pushBack()
            if (0x30...0x39).contains(first) { count = max(try natural(), 1) }
            guard count <= Self.maximumRepetition else { throw Unreadable() }
            if !nextIf("c") {
                return try push("S", try next(), count, types: Self.standardTypes, protocols: Self.standardProtocols)
            }
        }
        try push("Sc", try next(), count, types: Self.concurrencyTypes, protocols: Self.concurrencyProtocols)
    }

    private static let standardTypes = Array("AabDdfhIiJNnOPpRrSsuVvWwq".utf8)
    private static let standardProtocols = Array("BEeFGHjKkLlMmQTtUXxYyZz".utf8)
    private static let concurrencyTypes = Array("CcEeGgJMPSsTt".utf8)
    private static let concurrencyProtocols = Array("AFfhIi".utf8)

    private mutating func push(
        _ prefix: String,
        _ letter: UInt8,
        _ count: Int,
        types: [UInt8],
        protocols: [UInt8]
    ) throws(Unreadable) {
        let kind: MangledPiece.Kind
        if types.contains(letter) {
            kind = .nominal
        } else if protocols.contains(letter) {
            kind = .protocolType
        } else {
            throw Unreadable()
        }
        // The runtime knows these by their letters, so they are kept as they are: they are not among the `nominals`.
        for _ in 0..<count { try push(MangledPiece(kind, Array(prefix.utf8) + [letter])) }
    }

    mutating func readBuiltin(since start: Int) throws(Unreadable) {
        switch Unicode.Scalar(try next()) {
        case "b", "B", "e", "I", "O", "o", "p", "j", "D", "d", "c", "t", "w", "P", "T": break
        case "i", "f": _ = try index()
        case "v":
            _ = try index()
            let element = try pop(\.isType)
            return try push(MangledPiece(.type, [element], text(since: start)))
        default: throw Unreadable()
        }
        try push(MangledPiece(.type, text(since: start)))
    }

    // MARK: - Lists

    /// Pops a list, backward to the element that is marked as the first, or to the mark of the empty list.
    mutating func popList(
        _ element: (inout Self) throws(Unreadable) -> [MangledPiece]
    ) throws(Unreadable) -> [MangledPiece] {
        if let empty = popIf(.emptyList) { return [empty] }
        var pieces: [MangledPiece] = []
        while true {
            let first = popIf(.firstElement)
            let parts = try element(&self) + (first.map { [$0] } ?? [])
            pieces += parts.reversed()
            if first != nil { return pieces.reversed() }
        }
    }

    mutating func readTuple() throws(Unreadable) {
        var count = 0
        let elements = try popList { (reader: inout Self) throws(Unreadable) in
            count += 1
            let variadic = reader.popIf(.variadicMarker)
            let label = reader.popIf(.identifier)
            return [try reader.pop(\.isType)] + [label, variadic].compactMap(\.self)
        }
        try push(MangledPiece(.type, elements, [UInt8(ascii: "t")], elementCount: count))
    }

    mutating func popProtocol() throws(Unreadable) -> [MangledPiece] {
        if let known = popIf(.protocolType) { return [known] }
        let name = try pop(\.isName)
        return [try pop(\.isContext), name]
    }

    mutating func popProtocols() throws(Unreadable) -> [MangledPiece] {
        try popList { (reader: inout Self) throws(Unreadable) in try reader.popProtocol() }
    }

    // MARK: - Functions

    /// Pops the parts of a function type from its result on; returns them with the number of its parameters.
    mutating func popFunctionType() throws(Unreadable) -> (parts: [MangledPiece], parameters: Int) {
        var parts: [MangledPiece] = []
        while let annotation = popIf(.functionAnnotation) { parts.append(annotation) }
        let parameters = try pop { $0.isType || $0.kind == .emptyList }
        let result = try pop { $0.isType || $0.kind == .emptyList }
        parts += [parameters, result]
        return (parts.reversed(), parameters.kind == .emptyList ? 0 : parameters.elementCount)
    }

    mutating func readFunctionType(_ operation: [UInt8]) throws(Unreadable) {
        let (parts, _) = try popFunctionType()
        try push(MangledPiece(.type, parts, operation))
    }

    mutating func readAnnotation() throws(Unreadable) {
        let kind = try next()
        let operation = [UInt8(ascii: "Y"), kind]
        switch Unicode.Scalar(kind) {
        case "a", "b", "A", "C", "T": try push(MangledPiece(.functionAnnotation, operation))
        case "c", "K":
            let type = try pop(\.isType)
            try push(MangledPiece(.functionAnnotation, [type], operation))
        case "i", "k", "t", "u": try wrapType(operation)
        default: throw Unreadable()
        }
    }

    // MARK: - Types around types

    mutating func wrapType(_ operation: [UInt8]) throws(Unreadable) {
        let type = try pop(\.isType)
        try push(MangledPiece(.type, [type], operation))
    }

    mutating func readSpecialType() throws(Unreadable) {
        let kind = try next()
        let operation = [UInt8(ascii: "X"), kind]
        switch Unicode.Scalar(kind) {
        case "E", "A", "f", "K", "U", "L", "B", "C": try readFunctionType(operation)
        case "o", "u", "w", "p", "D": try wrapType(operation)
        case "m", "M": try wrapType(operation + [try next()])
        case "l":
            let protocols = try popProtocols()
            try push(MangledPiece(.type, protocols, operation))
        case "c":
            let superclass = try pop(\.isType)
            let protocols = try popProtocols()
            try push(MangledPiece(.type, protocols + [superclass], operation))
        default: throw Unreadable()
        }
    }
}
