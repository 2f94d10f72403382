import ClassTracking
import Testing

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

    @Test("The tracker's own classes are left out")
    func ownClasses() {
        #expect(throws: TrackingError.self) { try tracker.trackClasses(matching: "ClassTracking.*") }
    }
}
