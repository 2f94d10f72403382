import Foundation
import SystemPackage
import Testing
import TrackingTestSupport

/// The sources of a target, without comments and texts.
private struct SourceText {
    /// The path below `Sources`.
    var path: String
    var code: String

    /// Reads all files below a folder of `Sources`.
    static func files(below folder: String) throws -> [SourceText] {
        let root = URL(fileURLWithPath: Repository.root.appending("Sources").string)
        let below = FileManager.default.enumerator(atPath: root.appendingPathComponent(folder).path)
        let names = (below?.allObjects ?? []).compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }
        return try names.sorted()
            .map { name in
                let path = "\(folder)/\(name)"
                return SourceText(path: path, code: code(of: try Repository.text(of: "Sources/\(path)")))
            }
    }

    static func code(of text: String) -> String {
        text.replacing(#/"""[\s\S]*?"""/#, with: "").replacing(#/"(\\.|[^"\\\n])*"/#, with: "")
            .replacing(#/\/\/.*/#, with: "")
    }

    /// The types that the file declares for others.
    var types: [String] {
        code.matches(of: #/(?m)^([^\n{]*)\b(?:class|struct|enum|protocol|actor|typealias)\s+([A-Z]\w*)/#)
            .filter { !$0.1.contains("private") }.map { String($0.2) }
    }

    /// The names of types in the file; what is extended, and what a nested type is in, does not count.
    var names: Set<String> {
        let plain = code.replacing(#/extension\s+[A-Z][\w.]*/#, with: "").replacing(#/\b[A-Z]\w*\.(?=[A-Z])/#, with: "")
        return Set(plain.matches(of: #/\b[A-Z]\w*/#).map { String($0.0) })
    }
}

@Suite("Layering of the sources")
struct LayeringTests {
    /// Returns the files that depend on themselves by way of others.
    ///
    /// A file depends on another one where it names a type that the other one alone declares. Members that a file adds to a
    /// type of another one are not seen.
    private static func circles(in files: [SourceText]) -> [String] {
        var owners: [String: [Int]] = [:]
        for (index, file) in files.enumerated() {
            for type in Set(file.types) { owners[type, default: []].append(index) }
        }
        var needs = files.enumerated()
            .map { index, file in
                Set(file.names.compactMap { owners[$0]?.count == 1 ? owners[$0]?[0] : nil }).subtracting([index])
            }
        for middle in files.indices {
            for start in files.indices where needs[start].contains(middle) { needs[start].formUnion(needs[middle]) }
        }
        return files.indices.filter { needs[$0].contains($0) }.map { files[$0].path }
    }

    @Test(
        "No file depends on itself by way of others",
        arguments: ["ClassTracking", "ProcessSampling", "TrackingSinks", "ClassTrackerAgentCore"]
    )
    func noCircles(folder: String) throws {
        let files = try SourceText.files(below: folder)
        #expect(!files.isEmpty)
        #expect(Self.circles(in: files) == [])
    }

    @Test("A circle is found, and no comment, text, extension or nested type is taken for one")
    func findsCircles() {
        let sources = [
            ("a", "struct A { var b: B? }  // C"), ("b", "final class B { let text = \"A\"; var c = [C]() }"),
            ("c", "extension A {\n    enum C { static func make(_ a: A.D) {} }\n}"),
            ("d", "extension A {\n    struct D {}\n}"),
        ]
        let files = sources.map { SourceText(path: $0.0, code: SourceText.code(of: $0.1)) }
        #expect(Self.circles(in: files) == [])
        let closed = files + [SourceText(path: "e", code: "struct E { var a: A }"), SourceText(path: "f", code: "")]
        #expect(Self.circles(in: closed) == [])
        var circle = closed
        circle[5].code = "struct F { let e: E }"
        circle[2].code += "\nstruct G { var f: F }"
        #expect(Self.circles(in: circle) == ["a", "b", "c", "e", "f"])
    }

    @Test("Every lock but those of sinks has a rank, and every rank has a lock")
    func locks() throws {
        let folders = [
            "ClassTracking", "ProcessSampling", "HeapSizing", "SwiftRuntimeABI", "TrackingRecords",
            "TrackingSinks/Pipeline",
        ]
        var ranks: [String: Int] = [:]
        for file in try folders.flatMap(SourceText.files) where !file.path.hasSuffix("/OrderedMutex.swift") {
            #expect(!file.code.contains(#/\bMutex\s*[<(]/#), "\(file.path) has a mutex without a rank")
            #expect(!file.code.contains(#/pthread_(mutex|rwlock|spin)_|os_unfair_lock|NSLock/#), "\(file.path)")
            for use in file.code.matches(of: #/(?:OrderedMutex(?:<.*>)?|PatientLock)\(\s*\.(\w+),/#) {
                ranks[String(use.1), default: 0] += 1
            }
        }
        let file = try #require(
            try SourceText.files(below: "TrackingRecords/Locks").first { $0.path.hasSuffix("LockRank.swift") }
        )
        let declared = file.code.matches(of: #/case (\w+)/#).map { String($0.1) }
        #expect(declared.count > 25)
        #expect(Set(ranks.keys) == Set(declared))
        #expect(ranks.allSatisfy { $0.value == 1 }, "two locks with one rank: \(ranks)")
    }
}
