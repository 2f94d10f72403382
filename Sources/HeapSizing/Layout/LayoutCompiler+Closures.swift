/// What a closure captured, as the compiler describes it to remote reflection.
private struct CaptureDescriptor {
    let address: UInt

    init?(of isa: Metadata) {
        address = word(isa.address &+ 16)
        guard address != 0, count <= 1 << 16, sources <= 1 << 10, bindings <= 1 << 10 else { return nil }
    }

    var count: Int { Int(halfWord(address)) }
    var sources: Int { Int(halfWord(address &+ 4)) }
    /// Words of metadata and conformances in front of the captures.
    var bindings: Int { Int(halfWord(address &+ 8)) }

    /// Some argument is told by the class of the first capture.
    var refersToCapture: Bool {
        (0..<sources)
            .contains { index in source(index).map { $0.path.contains("R") || $0.path.contains("M") } ?? false }
    }

    func capture(_ index: Int) -> MangledName? {
        relative(at: address &+ 12 &+ UInt(index) * 4).map(MangledName.init)
    }

    /// A generic parameter and the way to its argument.
    func source(_ index: Int) -> (parameter: String, path: String)? {
        let record = address &+ 12 &+ UInt(count) * 4 &+ UInt(index) * 8
        guard let parameter = relative(at: record), let path = relative(at: record &+ 4) else { return nil }
        return (text(at: parameter), text(at: path))
    }
}

extension LayoutCompiler {
    mutating func closureLayout(of isa: Metadata) -> ObjectLayout {
        guard let descriptor = CaptureDescriptor(of: isa) else {
            return ObjectLayout(metadata: isa, name: "closure", fields: [], size: 16, isOpaque: true)
        }
        if descriptor.sources == 0 {
            return closure(isa, descriptor) { $0.resolve(in: nil, arguments: nil) }
        }
        return ObjectLayout(
            metadata: isa,
            name: "closure",
            fields: [],
            tail: .genericCaptures(descriptor.bindings, firstCapture: descriptor.refersToCapture),
            size: 16 + 8 * descriptor.bindings
        )
    }

    mutating func genericClosureLayout(of captured: CapturedArguments) -> ObjectLayout {
        let isa = captured.isa
        guard let descriptor = CaptureDescriptor(of: isa) else { return closureLayout(of: isa) }
        let arguments = (0..<descriptor.sources)
            .map { index -> UInt in
                guard let source = descriptor.source(index) else { return 0 }
                var path = Array(source.path.utf8)[...]
                return Self.argument(&path, captured)?.address ?? 0
            }
        guard !arguments.contains(0) else {
            return ObjectLayout(metadata: isa, name: "closure", fields: [], size: 16, isOpaque: true)
        }
        return closure(isa, descriptor) { $0.resolve(arguments: arguments) }
    }

    /// Which of the outermost generic parameters a mangled one is: `x`, `q_`, `q0_`, `q1_`.
    private static func place(ofParameter mangled: String) -> Int? {
        switch mangled {
        case "x": 0
        case "q_": 1
        default:
            mangled.hasPrefix("q") && mangled.hasSuffix("_") ? Int(mangled.dropFirst().dropLast()).map { $0 + 2 } : nil
        }
    }

    private mutating func closure(
        _ isa: Metadata,
        _ descriptor: CaptureDescriptor,
        resolve: (MangledName) -> Metadata?
    ) -> ObjectLayout {
        var fields: [Field] = []
        var end = 16 + 8 * UInt(descriptor.bindings)
        var isOpaque = false
        for index in 0..<descriptor.count {
            guard let name = descriptor.capture(index), let layout = captureLayout(name, resolve: resolve) else {
                // Where the next ones begin depends on this one's size.
                isOpaque = true
                break
            }
            end = aligned(end, mask: layout.alignmentMask)
            fields.append(Field(name: "capture \(index)", offset: Int(end), layout: layout))
            end &+= UInt(layout.size)
        }
        return ObjectLayout(metadata: isa, name: "closure", fields: fields, size: Int(end), isOpaque: isOpaque)
    }

    private mutating func captureLayout(_ name: MangledName, resolve: (MangledName) -> Metadata?) -> TypeLayout? {
        if name.isNotStrong { return word(.nothing) }
        if name.isBox { return word(.reference) }
        if let convention = name.loweredConvention {
            guard convention != UInt8(ascii: "t") else { return word(.nothing) }
            return layout(of: Metadata((() -> Void).self))
        }
        if let convention = name.unwrapped?.loweredConvention {
            return convention == UInt8(ascii: "t")
                ? word(.nothing) : layout(of: Metadata((() -> Void)?.self))
        }
        return resolve(name).map { layout(of: $0) }
    }

    /// A word that no metadata stands for.
    private func word(_ content: TypeLayout.Content) -> TypeLayout {
        let layout = TypeLayout(metadata: Metadata(AnyObject.self), size: 8, stride: 8, alignmentMask: 7)
        layout.fill(content)
        layout.compile()
        return layout
    }

    /// Follows a path to a generic argument: `B1`, the second word in front of the captures; `R0`, the class of the
    /// first capture; `G0R0_`, that class's first generic argument (RemoteInspection/MetadataSource.h).
    private static func argument(_ path: inout ArraySlice<UInt8>, _ captured: CapturedArguments) -> Metadata? {
        guard let letter = path.popFirst() else { return nil }
        switch letter {
        case UInt8(ascii: "B"):
            let index = number(&path)
            guard index < captured.bindings.count else { return nil }
            return metadata(captured.bindings[index])
        case UInt8(ascii: "R"):
            // Only the first capture's place is known before the types are.
            guard number(&path) == 0 else { return nil }
            return metadata(captured.captureClass)
        case UInt8(ascii: "M"):
            guard number(&path) == 0 else { return nil }
            return metadata(captured.capture)
        case UInt8(ascii: "G"):
            let index = number(&path)
            let source = argument(&path, captured)
            if path.first == UInt8(ascii: "_") { path.removeFirst() }
            return source?.genericArgument(index)
        default: return nil
        }
    }

    private static func metadata(_ address: UInt) -> Metadata? {
        address < Architecture.leastAddress ? nil : Metadata(address)
    }

    private static func number(_ path: inout ArraySlice<UInt8>) -> Int {
        var number = 0
        while let digit = path.first, (0x30...0x39).contains(digit), number < 1 << 16 {
            number = number * 10 + Int(digit - 0x30)
            path.removeFirst()
        }
        return number
    }
}

extension MangledName {
    /// Contains a pack, which needs more than the parameters' types; the runtime ends the process where it is not given.
    ///
    /// The other operators with `Q` are associated types, for which the conformance is looked up.
    private var needsMoreThanTypes: Bool {
        var position = address
        let end = address &+ length
        while position < end {
            switch byte(at: position) {
            case 0x01...0x17: position &+= 5
            case 0x18...0x1F: position &+= 9
            case UInt8(ascii: "Q"):
                guard "xyzXYZ".utf8.contains(byte(at: position &+ 1)) else { return true }
                position &+= 2
            // An identifier with words of earlier ones in it; it could be read, but types are given by address here.
            case UInt8(ascii: "0"): return true
            case UInt8(ascii: "1")...UInt8(ascii: "9"):
                var count: UInt = 0
                while (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte(at: position)), count < length {
                    count = count * 10 + UInt(byte(at: position) - UInt8(ascii: "0"))
                    position &+= 1
                }
                position &+= count
            default: position &+= 1
            }
        }
        return false
    }

    /// The type that the name stands for with these arguments for its generic parameters.
    func resolve(arguments: [UInt]) -> Metadata? {
        guard !needsMoreThanTypes, RuntimeAccess.canSearch || needsNoSearch else { return nil }
        guard let name = UnsafePointer<UInt8>(bitPattern: address) else { return nil }
        // A generic environment by hand: flags that say one level of parameters, their number, and for each that it is
        // a type with an argument of its own (GenericEnvironmentDescriptor in ABI/Metadata.h).
        var environment: [UInt8] = [1, 0, 0, 0, UInt8(arguments.count & 0xFF), UInt8(arguments.count >> 8)]
        environment += Array(repeating: 0x80, count: arguments.count)
        environment += [0, 0, 0, 0]
        return
            environment.withUnsafeBytes { environment in
                arguments.withUnsafeBytes { arguments in
                    _getTypeByMangledNameInEnvironment(
                        name,
                        length,
                        genericEnvironment: environment.baseAddress,
                        genericArguments: arguments.baseAddress
                    )
                }
            }
            .map { Metadata($0) }
    }
}
