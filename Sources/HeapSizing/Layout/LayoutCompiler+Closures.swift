internal import SwiftRuntimeABI

extension LayoutCompiler {
    mutating func closureLayout(of isa: Metadata) -> ObjectLayout {
        guard let descriptor = CaptureDescriptor(of: isa) else {
            return ObjectLayout(metadata: isa, name: "closure", fields: [], size: 16, isOpaque: true)
        }
        if descriptor.sourceCount == 0 {
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
        let arguments = (0..<descriptor.sourceCount)
            .map { index -> UInt in
                descriptor.source(index).flatMap { Self.argument($0, captured)?.address } ?? 0
            }
        guard !arguments.contains(0) else {
            return ObjectLayout(metadata: isa, name: "closure", fields: [], size: 16, isOpaque: true)
        }
        return closure(isa, descriptor) { $0.resolve(arguments: arguments) }
    }

    private mutating func closure(
        _ isa: Metadata,
        _ descriptor: CaptureDescriptor,
        resolve: (MangledName) -> Metadata?
    ) -> ObjectLayout {
        var fields: [Field] = []
        var end = CaptureDescriptor.firstBinding + 8 * UInt(descriptor.bindings)
        var isOpaque = false
        for index in 0..<descriptor.count {
            guard let name = descriptor.capture(index), let layout = captureLayout(name, resolve: resolve) else {
                // The offsets of the following captures depend on the size of this one.
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

    /// Returns the layout of a word without metadata.
    private func word(_ content: TypeLayout.Content) -> TypeLayout {
        let layout = TypeLayout(metadata: Metadata(AnyObject.self), size: 8, stride: 8, alignmentMask: 7)
        layout.fill(content)
        layout.compile()
        return layout
    }

    /// Returns the argument at the end of a way.
    private static func argument(_ source: ArgumentSource, _ captured: CapturedArguments) -> Metadata? {
        switch source {
        case .binding(let index):
            guard index < captured.bindings.count else { return nil }
            return metadata(captured.bindings[index])
        case .classOfFirstCapture: return metadata(captured.captureClass)
        case .firstCapture: return metadata(captured.capture)
        case .genericArgument(let index, let source): return argument(source, captured)?.genericArgument(index)
        }
    }

    private static func metadata(_ address: UInt) -> Metadata? {
        address < Architecture.leastAddress ? nil : Metadata(address)
    }
}
