import CTrackingRuntime
import Glibc
import SwiftRuntimeABI
import Testing

@Suite("Calls from lines and inlined calls")
struct SourceCallTests {
    /// Calls `function line`, for a row and for inlined calls with where they were called; 0 is what the compiler made up.
    private func calls(
        _ row: UInt32,
        isMadeUp: Bool = false,
        _ inlined: [(String, UInt32)],
        isCut: Bool = false
    ) -> [String] {
        "file.swift"
            .withCString { file in
                let line = ct_line(address: 1, line: row, is_made_up: isMadeUp ? 1 : 0, directory: nil, file: file)
                let names = inlined.map { strdup($0.0) }
                defer { for name in names { free(name) } }
                let inlined = zip(names, inlined)
                    .map { ct_inlined_call(function: $0, line: $1.1, depth: 0, directory: nil, file: file) }
                return SourceCall.calls(at: line, in: inlined[...], isCut: isCut)
                    .map { call in
                        let function = call.isInlined ? call.function ?? "?" : "outermost"
                        return function + (call.line.map { " \($0)" } ?? "")
                    }
            }
    }

    @Test("Each call has the line that the one in it was called from")
    func lines() {
        #expect(calls(7, []) == ["outermost 7"])
        #expect(calls(7, [("inner", 20), ("outer", 30)]) == ["inner 7", "outer 20", "outermost 30"])
    }

    @Test("What the compiler made up is left out")
    func madeUp() {
        #expect(calls(7, isMadeUp: true, [("init", 20)]) == ["outermost 20"])
        #expect(calls(7, isMadeUp: true, [("init", 0), ("outer", 30)]) == ["outermost 30"])
        #expect(calls(7, [("inner", 0), ("thunk", 30)]) == ["inner 7", "outermost 30"])
        #expect(calls(7, [("inner", 0)]) == ["inner 7", "outermost"])
        #expect(calls(0, []) == ["outermost"])
    }

    @Test("Where all of it was made up, the line before it is told")
    func allMadeUp() {
        #expect(calls(7, isMadeUp: true, []) == ["outermost 7"])
        #expect(calls(7, isMadeUp: true, [("init", 0)]) == ["outermost 7"])
    }

    @Test("A call in which others are missing has no line")
    func cut() {
        #expect(calls(7, [("inner", 20), ("outer", 30)], isCut: true) == ["outer 20", "outermost 30"])
    }
}
