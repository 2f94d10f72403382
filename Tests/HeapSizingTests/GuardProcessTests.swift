import Foundation
import Testing

@Suite("Guards and the handlers of a host, each in a process of its own")
struct GuardProcessTests {
    private struct Outcome {
        var output: String
        var status: Int32
        var reason: Process.TerminationReason
    }

    private static let hammer: URL = {
        // Beside the tests' own bundle.
        let arguments = ProcessInfo.processInfo.arguments
        let bundle = arguments.first { $0.hasSuffix(".xctest") } ?? arguments[0]
        return URL(filePath: bundle).deletingLastPathComponent().appending(path: "sizing-hammer")
    }()

    private func run(_ arguments: [String], backtrace: Bool = false) throws -> Outcome {
        let process = Process()
        process.executableURL = Self.hammer
        process.arguments = arguments
        var environment = ProcessInfo.processInfo.environment
        environment["SWIFT_BACKTRACE"] = backtrace ? "enable=yes,output-to=stdout,color=no" : "enable=no"
        process.environment = environment
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Outcome(output: output, status: process.terminationStatus, reason: process.terminationReason)
    }

    @Test(
        "A real fault reaches the host's handler",
        arguments: [
            ("plain", "plain"), ("informed", "informed"), ("bus", "bus"), ("not-chaining", "host"),
            ("handing-back", "first"), ("alternating", "odd"), ("many", "1"), ("renewed", "renewed\nhost"),
            ("stack", "on a stack of its own"),
        ]
    )
    func reaches(mode: String, text: String) throws {
        let outcome = try run(["guard", mode])
        #expect(outcome.output == text + "\n")
        #expect(outcome.reason == .exit && outcome.status == 0)
    }

    @Test(
        "A process without a handler of its own dies by the signal",
        arguments: [("default", ""), ("default-sent", ""), ("resetting", "once\n"), ("ignored-fault", "")]
    )
    func dies(mode: String, text: String) throws {
        let outcome = try run(["guard", mode])
        #expect(outcome.output == text)
        #expect(outcome.reason == .uncaughtSignal && outcome.status == SIGSEGV)
    }

    @Test(
        "The process goes on where the host wants it to",
        arguments: [("ignored-sent", "done\n"), ("blocked", "blocked again\ndone\n")]
    )
    func goesOn(mode: String, text: String) throws {
        let outcome = try run(["guard", mode])
        #expect(outcome.output == text)
        #expect(outcome.reason == .exit && outcome.status == 0)
    }

    @Test("The backtracer of the Swift runtime still reports a crash after walks", .runtimeBacktraces)
    func backtracer() throws {
        let outcome = try run(["guard", "crash"], backtrace: true)
        #expect(outcome.output.contains("Program crashed"))
        #expect(outcome.reason == .uncaughtSignal)
    }

    @Test("Graphs are sized while threads change them")
    func hammer() throws {
        let outcome = try run(["3"])
        #expect(outcome.output.contains("living 0"), "\(outcome.output)")
        #expect(outcome.reason == .exit && outcome.status == 0)
    }
}
