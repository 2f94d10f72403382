import SystemPackage
import Testing
import TrackingTestSupport

@testable import TrackingSinks

/// A host may close every descriptor it does not know, as daemons do, and use the numbers again.
///
/// In a process of its own, where no other test opens any.
@Suite("The journal's descriptor")
struct JournalDescriptorTests {
    @Test("Where the host closed it and uses the number again, nothing of ours is written there or closed")
    func reused() throws {
        let directory = TemporaryDirectory()
        let journal = try FakeJournal(at: directory.appending("socket"))
        let result = try Child.host("reuse", journal.path.string).finish()
        #expect(result.output == "1 true received 0 lost 0 6\nwarning\n0\n")
        #expect(journal.entries().map { $0.own("RECORD_SEQ") } == (1...6).map(String.init))
    }
}
