import ClassTracking
import Foundation
import Testing

// In a process of its own, because allocations are redirected for all of it, and what it finds is told line by line: see
// `Tests/ObservationHost`. `Tests/EndToEnd/observation-test.sh` does the same with a static runtime.
@Suite("Births and deaths of all sorts of classes")
struct ObservationTests {
    @Test(
        "Births and deaths are told, and every changed byte is given back",
        arguments: ["entries", "slots", "any"]
    )
    func birthsAndDeaths(mode: String) throws {
        // Otherwise the loader fills in slots while they are compared.
        let result = try HostRun([mode], environment: ["LD_BIND_NOW": "1"])
        #expect(result.code == 0, "\(result.failures)")
        #expect(result.output.contains("all is well"))
        #expect(result.output.contains("ok all code is as before"))
    }

    @Test("Slots that are not bound yet are redirected too, and bound afterwards", arguments: ["entries", "slots"])
    func lazySlots(mode: String) throws {
        let result = try HostRun([mode], environment: [:])
        #expect(result.failures.allSatisfy { $0.hasPrefix("FAILED all code is as before") }, "\(result.failures)")
        #expect(result.output.contains("ok nothing is redirected afterwards"))
    }

    @Test("Threads that allocate do not notice that allocations are redirected and let alone 200 times")
    func toggling() throws {
        let result = try HostRun(["toggle"], environment: [:])
        #expect(result.code == 0, "\(result.failures)")
    }

    #if arch(x86_64)
    @Test(
        "Traps behind a redirected entry do no harm, and one that was put back is redirected again",
        .trapsAreLandedOn
    )
    func traps() throws {
        let result = try HostRun(["trapped"], environment: [:])
        #expect(result.code == 0, "\(result.output)")
        #expect(result.output.contains("ok trap at +4: is met"))
    }
    #endif

    @Test("Classes of libraries that were opened before and after are told, by patterns too")
    func openedLibraries() throws { try openLibraries(mode: "entries") }

    @Test("The same where slots are redirected", .opensLibrariesItself)
    func openedLibrariesBySlots() throws { try openLibraries(mode: "slots") }

    private func openLibraries(mode: String) throws {
        let early = try CompiledLibrary("EarlyLibrary")
        let late = try CompiledLibrary("LateLibrary")
        let result = try HostRun([mode, early.path, late.path], environment: [:])
        #expect(result.code == 0, "\(result.failures)")
        #expect(result.output.contains("ok library opened after: dead"))
        #expect(result.output.contains("ok its own classes are looked at, and not those of all others"))
        withExtendedLifetime((early, late)) {}
    }
}

/// A run of the host program, to its end.
private struct HostRun {
    let output: String
    let code: Int32

    var failures: [String] { output.split(separator: "\n").map(String.init).filter { $0.hasPrefix("FAILED") } }

    init(_ arguments: [String], environment: [String: String]) throws {
        // The bundle is an argument of the test runner, or the runner itself.
        let own = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        let process = Process()
        process.executableURL = URL(fileURLWithPath: own)
            .resolvingSymlinksInPath()
            .deletingLastPathComponent()
            .appendingPathComponent("observation-host")
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        code = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }
}

/// A library with the classes `<Name>Outer` and `<Name>Inner`.
private final class CompiledLibrary {
    private let directory: URL
    var path: String { product.path }
    private let product: URL

    init(_ name: String) throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("\(name)-\(UUID().uuidString)")
        product = directory.appendingPathComponent("lib\(name).so")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let source = directory.appendingPathComponent("\(name).swift")
        let text = """
            final class \(name)Inner {
                var number = 5
            }

            final class \(name)Outer {
                let inner = \(name)Inner()
            }

            @_cdecl("make_object") public func makeObject() -> UnsafeMutableRawPointer {
                Unmanaged.passRetained(\(name)Outer()).toOpaque()
            }
            """
        try text.write(to: source, atomically: true, encoding: .utf8)
        let compiler = Process()
        compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        compiler.arguments =
            ["swiftc", "-emit-library", "-parse-as-library", "-module-name", name, source.path, "-o", product.path]
        try compiler.run()
        compiler.waitUntilExit()
        try #require(compiler.terminationStatus == 0)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }
}
