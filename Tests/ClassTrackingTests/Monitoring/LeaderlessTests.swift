import Testing
import TrackingTestSupport

@Suite("A process whose main thread has ended")
struct LeaderlessTests {
    @Test("Samples have all figures after the main thread has called pthread_exit")
    func figures() throws {
        let result = try Child.host("leaderless").finish()
        #expect(result.output == "true true true true\n")
        #expect(result.code == 0)
    }
}
