import RecordReading
import SystemPackage
import Testing
import TrackingRecords
import TrackingTestSupport

@testable import TrackingSinks

/// A host may close every descriptor it does not know, as daemons do, and use the numbers again.
///
/// In a process of its own, where no other test opens any.
@Suite("The rolling file's descriptors")
struct ForeignDescriptorTests {
    let directory = TemporaryDirectory()

    @Test(
        "Where the host has its own files and connections at their numbers, those stay as they are and the stream goes on",
        arguments: ["write", "rotate", "sync", "close"]
    )
    func takenOver(moment: String) throws {
        let result = try Child.host("take-over", directory.file.string, moment).finish()
        let loaded = try Loaded(setOf: directory.file)
        let count = loaded.sequences.count
        // The directory and the file.
        #expect(result.output == "2 [] \(count) 0 [\"warning\"]\n")
        #expect(loaded.sequences == Array(1...count))
        #expect(loaded.damaged == 0)
        #expect(count >= (moment == "close" ? 3 : 8))
        #expect(try RollingFileSet.files(of: directory.file).count == (moment == "rotate" ? 2 : 1))
    }
}
