import Glibc
import Testing
import TrackingTestSupport

@testable import ClassTracking

/// What a host notices of copies: nothing.
@Suite("Hosts of forked snapshots", .countedAllocations)
struct ForkedHostTests {
    @Test("A host that looks after its children never hears of a copy", arguments: ["handler", "ignore", "wait"])
    func children(mode: String) throws {
        let result = try Child.host("forked-children", mode).finish()
        #expect(result.output == "forked: 200\nsignals 0, waited 0, left 0, descriptors 0\n")
        #expect(result.code == 0)
    }

    @Test("Where the host becomes another program in the middle of a copy, that one waits for what is left of it")
    func exec() throws {
        let result = try Child.host("forked-exec", "3").finish()
        #expect(result.output == "true 0\n")
        #expect(result.code == 0)
    }

    @Test("A copy ends with its process")
    func orphan() throws {
        let host = try Child.host("forked-orphan")
        let copy = try #require(pid_t(host.readLine()))
        #expect(waitUntil { state(of: copy)?.letter == "T" })
        #expect(state(of: copy)?.parent == host.processID)
        host.kill()
        // Whoever has adopted it may not wait for it.
        #expect(waitUntil { ["Z", "X", nil].contains(state(of: copy)?.letter) })
        host.finish()
    }
}
