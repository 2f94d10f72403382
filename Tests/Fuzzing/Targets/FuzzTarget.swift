/// The parsers that read what others wrote, each with what has to hold for any input.
package enum FuzzTarget: String, CaseIterable, Sendable {
    /// One line of a record file.
    case line
    /// A record file.
    case records
    /// A configuration file.
    case configuration
    /// `/proc/self/status`.
    case status
    /// The fields of a journal entry.
    case journal
    /// Patterns of names.
    case patterns
    /// An ELF file.
    case symbols
    /// The DWARF sections of an ELF file.
    case debug
    /// The mangled type of a field.
    case mangling
    /// The demangled name of a function.
    case function

    /// Has the parser read an input.
    ///
    /// - Throws: ``BrokenPromise`` where something does not hold.
    package func check(_ input: UnsafeRawBufferPointer) throws {
        switch self {
        case .line: try RecordChecks.line(input)
        case .records: try RecordChecks.file(input)
        case .configuration: try ConfigurationChecks.file(input)
        case .status: try StatusChecks.text(input)
        case .journal: try RecordChecks.journal(input)
        case .patterns: try PatternChecks.patterns(input)
        case .symbols: try SymbolChecks.file(input)
        case .debug: DebugChecks.sections(input)
        case .mangling: try SymbolChecks.mangling(input)
        case .function: try SymbolChecks.function(input)
        }
    }
}

/// Something that has to hold for every input, and did not.
package struct BrokenPromise: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

func promise(_ holds: Bool, _ text: @autoclosure () -> String) throws(BrokenPromise) {
    if !holds { throw BrokenPromise(text()) }
}
