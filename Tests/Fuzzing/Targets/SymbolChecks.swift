import ClassTracking
import SwiftRuntimeABI

/// Files of the system, which the host did not choose.
enum SymbolChecks {
    /// An ELF file: whatever it says, it is read or refused.
    static func file(_ input: UnsafeRawBufferPointer) throws {
        guard let input = InputFile(input), let file = try? SymbolFile(path: input.path.string) else { return }
        _ = try? file.buildID()
        var longest = 0
        try? file.readSymbols {
            $0.first != 0x5F
        } visit: { name, _, _ in
            longest = max(longest, name.count)
        }
        try promise(longest <= SymbolFile.maximumSectionSize, "a name has \(longest) bytes")
        _ = try? ImageSymbols(file: file, bias: 0)
        _ = try? file.functions(at: [0, 0x1000, 0x1020, .max])
        _ = try? SourceCall.calls(at: [0x1000, 0x1010, 0x1020], in: file)
    }

    /// A mangling that is understood is written out in full, and then stays as it is.
    static func mangling(_ input: UnsafeRawBufferPointer) throws(BrokenPromise) {
        guard let type = MangledTypeReader.type(Array(input)) else { return }
        try promise(type.bytes.count <= MangledTypeReader.maximumLength, "it has \(type.bytes.count) bytes")
        var end = 0
        for nominal in type.nominals {
            try promise(
                nominal.range.lowerBound >= end && nominal.range.upperBound <= type.bytes.count,
                "\(nominal.range) of \(type.bytes.count) bytes overlaps what ends at \(end)"
            )
            end = nominal.range.upperBound
        }
        let text = String(decoding: type.bytes, as: UTF8.self)
        guard let again = MangledTypeReader.type(type.bytes) else { throw BrokenPromise("\(text) cannot be read") }
        try promise(
            again.bytes == type.bytes,
            "\(text) is written as \(String(decoding: again.bytes, as: UTF8.self)) the next time"
        )
    }

    /// A name is never longer than what it was made from.
    static func function(_ input: UnsafeRawBufferPointer) throws(BrokenPromise) {
        let text = String(decoding: input, as: UTF8.self)
        let name = FunctionName.simplified(text)
        // "specialized " and a label for each parameter may be added.
        try promise(name.utf8.count <= 2 * text.utf8.count + 12, "\(text) becomes \(name)")
    }
}
