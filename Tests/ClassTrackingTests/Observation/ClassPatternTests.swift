import CTrackingRuntime
import Foundation
import Testing

@testable import ClassTracking

private final class Concealed {}

extension String {
    final class InnerOfText {}
}

enum PatternSamples {
    final class Session {}
    final class SessionHandler {}
    final class Wrapper<Value> { var value: Value? }
}

@Suite("Class names by pattern", .serialized)
struct ClassPatternTests {
    private let tracker = ClassTracker()
    private let module = "ClassTrackingTests"

    private func matches(_ pattern: String) throws -> [String] {
        defer { tracker.detachAll() }
        return try tracker.trackClasses(matching: pattern)
    }

    @Test("The classes of every module that a service links are the tracker's own")
    func ownModules() throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../Sources").standardizedFileURL
        let files = FileManager.default
        let modules = try files.contentsOfDirectory(atPath: sources.path)
            .filter { module in
                let inside = files.enumerator(atPath: sources.appendingPathComponent(module).path)
                return inside?.contains { ($0 as? String)?.hasSuffix(".swift") == true } ?? false
            }
        #expect(modules.contains("TrackingStatistics"))
        // The command is no library.
        #expect(Set(modules).subtracting(["class-tracker"]).isSubset(of: ClassCatalog.ownModules))
    }

    @Test("A name with its module means one class")
    func fullName() throws {
        #expect(try matches("\(module).PatternSamples.Session") == ["\(module).PatternSamples.Session"])
    }

    @Test("Wildcards go across dots")
    func wildcards() throws {
        #expect(
            try matches("\(module).PatternSamples.*") == [
                "\(module).PatternSamples.Session", "\(module).PatternSamples.SessionHandler",
                "\(module).PatternSamples.Wrapper",
            ]
        )
        #expect(try matches("*.SessionHandle?") == ["\(module).PatternSamples.SessionHandler"])
    }

    @Test("Private classes are found with and without parentheses")
    func privateClasses() throws {
        #expect(try matches("\(module).(Concealed)") == ["\(module).(Concealed)"])
        #expect(try matches("\(module).Concealed") == ["\(module).(Concealed)"])
    }

    @Test("A class in an extension of another module's type is found below that type")
    func extensions() throws {
        #expect(try matches("*.InnerOfText").first?.hasSuffix(".InnerOfText") == true)
    }

    @Test("A generic class stands for its specialisations, present and future")
    func genericClasses() throws {
        let before = PatternSamples.Wrapper<Int>()
        _ = try tracker.trackClasses(matching: "*.Wrapper", name: "wrappers")
        let first = PatternSamples.Wrapper<[Double]>()
        let second = PatternSamples.Wrapper<Int>()
        #expect(tracker.index["wrappers"]?.count == 2)
        withExtendedLifetime((before, first, second)) {}
        tracker.close()
    }

    @Test(
        "A name that does not exist is answered with those that are like it",
        arguments: ["ClassTrackingTests.PatternSamples.Sesion", "SessionHandler", "sessionhandler", "Wrapper<Int>"]
    )
    func nearest(pattern: String) throws {
        do {
            try tracker.trackClasses(matching: pattern)
            Issue.record("\(pattern) exists")
        } catch {
            let wanted =
                pattern.hasPrefix("Wrap")
                ? "Wrapper" : pattern.lowercased().hasSuffix("r") ? "SessionHandler" : "Session"
            #expect("\(error)".contains("did you mean"), "\(error)")
            #expect("\(error)".contains("\(module).PatternSamples.\(wanted)\""), "\(error)")
        }
    }

    @Test("What is like nothing is answered with how patterns are written")
    func nothingLikeIt() {
        #expect(throws: TrackingError.noSuchClass(pattern: "qqqqqqqqqqqqqqqq.*", nearest: [])) {
            try tracker.trackClasses(matching: "qqqqqqqqqqqqqqqq.*")
        }
        #expect(throws: TrackingError.noSuchClass(pattern: "", nearest: [])) { try tracker.trackClasses(matching: "") }
    }

    @Test("Libraries that have been looked at are left out, until one is unloaded or the runtime keeps another order")
    func knownLibraries() throws {
        func hasSample(_ classes: [ClassDescription]) -> Bool {
            classes.contains { $0.name == "\(module).PatternSamples.Session" }
        }
        let all = ClassCatalog.classes(beyond: ClassCatalog.Extent())
        #expect(hasSample(all.classes))
        var known = try #require(all.extent)
        let again = ClassCatalog.classes(beyond: known)
        // Another test may have closed a library meanwhile.
        let isSame = try #require(again.extent).departures == known.departures
        #expect(hasSample(again.classes) != isSame)
        known.announced.last ^= 8
        #expect(hasSample(ClassCatalog.classes(beyond: known).classes))
        known.announced = try #require(all.extent).announced
        known.announced.count += 1 << 20
        #expect(hasSample(ClassCatalog.classes(beyond: known).classes))
        known = try #require(all.extent)
        known.departures &+= 1 << 32
        #expect(hasSample(ClassCatalog.classes(beyond: known).classes))
    }

    @Test("The tracker's own classes are left out")
    func ownClasses() {
        #expect(throws: TrackingError.self) { try tracker.trackClasses(matching: "ClassTracking.*") }
    }
}
