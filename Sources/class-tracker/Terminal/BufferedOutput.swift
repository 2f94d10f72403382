#if CLI
/// A buffer for long texts: each write has many lines.
struct BufferedOutput: TextOutputStream {
    private static let size = 1 << 14

    private let output: Output
    private var text = ""

    init(_ output: Output) { self.output = output }

    mutating func write(_ string: String) {
        text += string
        if text.utf8.count >= Self.size, text.utf8.last == UInt8(ascii: "\n") { flush() }
    }

    mutating func flush() {
        if !text.isEmpty { output.line(text) }
        text = ""
    }
}
#endif
