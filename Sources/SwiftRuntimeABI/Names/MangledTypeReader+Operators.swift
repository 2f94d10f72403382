/// The operators of types. Those that only functions have throw `Unreadable`.
extension MangledTypeReader {
    /// Reads one operator, whose first character has been read.
    mutating func readOperator(_ character: UInt8) throws(Unreadable) {
        let start = operatorStart
        switch Unicode.Scalar(character) {
        case "A": try readSubstitutions()
        case "S": try readStandardType(since: start)
        case "s": try push(MangledPiece(.module, [character]))
        case "y": try push(MangledPiece(.emptyList, [character]))
        case "_": try push(MangledPiece(.firstElement, [character]))
        case "d": try push(MangledPiece(.variadicMarker, [character]))
        case "V", "O", "C": try readDeclaration(.nominal, [character])
        case "P": try readDeclaration(.protocolType, [character])
        // Imported from C; the runtime finds these by name.
        case "a": try readDeclaration(.type, [character])
        case "E": try readExtension()
        case "F": try readFunction()
        case "G": try readBoundGeneric()
        case "L": try readDiscriminatedName(since: start)
        case "B": try readBuiltin(since: start)
        case "t": try readTuple()
        case "c": try readFunctionType([character])
        case "K": try push(MangledPiece(.functionAnnotation, [character]))
        case "Y": try readAnnotation()
        case "X": try readSpecialType()
        case "m", "z", "n", "h": try wrapType([character])
        case "p":
            let protocols = try popProtocols()
            try push(MangledPiece(.type, protocols, [character]))
        case "x": try push(MangledPiece(.type, [character]))
        case "q":
            try readParameter()
            try push(MangledPiece(.type, text(since: start)))
        case "$":
            _ = nextIf("n")
            _ = try index()
            try push(MangledPiece(.type, text(since: start)))
        case "Q": try readDependentType(since: start)
        case "R": try readRequirement(since: start)
        case "l", "r": try readSignature(since: start)
        case "0"..."9":
            pushBack()
            try readIdentifier()
        default: throw Unreadable()
        }
    }

    // MARK: - Declarations

    private mutating func popContext() throws(Unreadable) -> MangledPiece { try pop(\.isContext) }

    private mutating func readDeclaration(_ kind: MangledPiece.Kind, _ operation: [UInt8]) throws(Unreadable) {
        let name = try pop(\.isName)
        let context = try popContext()
        try push(MangledPiece(kind, [context, name], operation, name: name.name), isSubstitution: true)
    }

    private mutating func readDiscriminatedName(since start: Int) throws(Unreadable) {
        if nextIf("L") {
            let discriminator = try pop { $0.kind == .identifier }
            let name = try pop(\.isName)
            let parts = [name, discriminator]
            return try push(MangledPiece(.discriminatedName, parts, text(since: start), name: name.name))
        }
        // `Ll` and the related entities of imported declarations do not name types with a Swift layout.
        _ = try index()
        let name = try pop(\.isName)
        try push(MangledPiece(.discriminatedName, [name], text(since: start), name: name.name))
    }

    private mutating func readExtension() throws(Unreadable) {
        let signature = popIf(.signature)
        let module = try pop(\.isModule)
        let extended = try pop { $0.kind == .nominal || $0.kind == .protocolType }
        let parts = [extended, module] + (signature.map { [$0] } ?? [])
        try push(MangledPiece(.enclosing, parts, [UInt8(ascii: "E")]))
    }

    private mutating func readFunction() throws(Unreadable) {
        let signature = popIf(.signature)
        let (type, parameters) = try popFunctionType()
        var labels: [MangledPiece] = []
        if let none = popIf(.emptyList) {
            labels = [none]
        } else {
            for _ in 0..<parameters {
                labels.append(try pop { $0.kind == .identifier || $0.kind == .firstElement })
            }
        }
        let name = try pop(\.isName)
        let context = try popContext()
        let parts = [context, name] + labels.reversed() + type + (signature.map { [$0] } ?? [])
        try push(MangledPiece(.enclosing, parts, [UInt8(ascii: "F")]))
    }

    // MARK: - Generics

    private mutating func readBoundGeneric() throws(Unreadable) {
        var arguments: [MangledPiece] = []
        while true {
            let part = try pop { $0.isType || $0.kind == .emptyList || $0.kind == .firstElement }
            arguments.append(part)
            if part.kind == .emptyList { break }
        }
        let generic = try pop { $0.kind == .nominal || $0.kind == .protocolType }
        let piece = MangledPiece(.type, [generic] + arguments.reversed(), [UInt8(ascii: "G")])
        try push(piece, isSubstitution: true)
    }

    /// Reads the parameter that `q`, a member type or a requirement names.
    private mutating func readParameter() throws(Unreadable) {
        if nextIf("z") { return }
        if nextIf("d") { _ = try index() }
        _ = try index()
    }

    private mutating func readDependentType(since start: Int) throws(Unreadable) {
        let kind = Unicode.Scalar(try next())
        switch kind {
        case "x", "y", "z":
            if kind == "y" { try readParameter() }
            let names = try popMemberName()
            let base = kind == "x" ? [try pop(\.isType)] : []
            try push(MangledPiece(.type, base + names, text(since: start)), isSubstitution: true)
        case "X", "Y", "Z":
            if kind == "Y" { try readParameter() }
            let names = try popMemberNames()
            let base = kind == "X" ? [try pop(\.isType)] : []
            try push(MangledPiece(.type, base + names, text(since: start)), isSubstitution: true)
        case "p":
            let count = try pop(\.isType)
            let pattern = try pop(\.isType)
            try push(MangledPiece(.type, [pattern, count], text(since: start)))
        case "P":
            let elements = try popList { (reader: inout Self) throws(Unreadable) in [try reader.pop(\.isType)] }
            try push(MangledPiece(.type, elements, text(since: start)))
        default: throw Unreadable()
        }
    }

    private mutating func popMemberName() throws(Unreadable) -> [MangledPiece] {
        let requirer = popIf(.protocolType).map { [$0] } ?? []
        return [try pop { $0.kind == .identifier }] + requirer
    }

    private mutating func popMemberNames() throws(Unreadable) -> [MangledPiece] {
        var names: [MangledPiece] = []
        while true {
            let first = popIf(.firstElement)
            names = try popMemberName() + (first.map { [$0] } ?? []) + names
            if first != nil { return names }
        }
    }

    private mutating func readRequirement(since start: Int) throws(Unreadable) {
        let kind = Unicode.Scalar(try next())
        var operands: [MangledPiece] = []
        switch kind {
        // A parameter pack, or a parameter of which only the layout is known.
        case "v": try readParameter()
        case "l":
            try readParameter()
            // Of the layouts, only "is a class" can be written in source.
            guard nextIf("C") else { throw Unreadable() }
        case "b", "s", "h", "V":
            try readParameter()
            operands = [try pop(\.isType)]
        case "i":
            _ = try index()
            try readParameter()
        case "p", "t", "c":
            try readParameter()
            let names = try popMemberName()
            noteMember(names, parameter: text(since: start + 2))
            operands = (kind == "p" ? try popProtocol() : [try pop(\.isType)]) + names
        default:
            pushBack()
            try readParameter()
            operands = try popProtocol()
        }
        try push(MangledPiece(.requirement, operands, text(since: start)))
    }

    /// Adds the member type of a requirement to the parts, as if it were a type of its own.
    private mutating func noteMember(_ names: [MangledPiece], parameter: [UInt8]) {
        let isFirst = parameter == [UInt8(ascii: "z")]
        let operation = [UInt8(ascii: "Q")] + (isFirst ? [] : [UInt8(ascii: "y")]) + parameter
        note(MangledPiece(.type, names, operation))
    }

    private mutating func readSignature(since start: Int) throws(Unreadable) {
        if text(since: start) == [UInt8(ascii: "r")] {
            while !nextIf("l") {
                if !nextIf("z") { _ = try index() }
            }
        }
        var requirements: [MangledPiece] = []
        while let requirement = popIf(.requirement) { requirements.append(requirement) }
        try push(MangledPiece(.signature, requirements.reversed(), text(since: start)))
    }
}
