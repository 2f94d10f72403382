import SystemPackage
import Testing
import TrackingTestSupport

/// What holds at each instant, and at no two.
@Suite("Invariants of an instant", .countedAllocations)
struct InstantTests {
    private func hammer(_ arguments: String...) throws -> Child.Result {
        let hammer = FilePath(Child.host).removingLastComponent().appending("tracking-hammer").string
        return try Child.spawn(hammer, arguments).finish()
    }

    @Test("A forked snapshot sees them whenever no writer is inside of the lock")
    func exchange() throws {
        let result = try hammer("exchange", "5", "1")
        #expect(result.code == 0, "\(result.output)")
        let forked = result.output.split(separator: "\n").first { $0.hasPrefix("forked: ") }
        #expect(forked?.hasSuffix(", 0 of these with another sum") == true, "\(result.output)")
    }

    @Test("Objects that threads make and drop meanwhile are counted to the last one")
    func counts() throws {
        let result = try hammer("forked", "5", "1")
        #expect(result.code == 0, "\(result.output)")
    }
}
