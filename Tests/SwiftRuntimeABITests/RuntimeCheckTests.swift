import Testing
import TrackingTestSupport

@testable import SwiftRuntimeABI

@Suite("The check of the runtime")
struct RuntimeCheckTests {
    @Test("The runtime that these tests run with is one that the library knows")
    func runtime() throws { try RuntimeCheck.result.get() }

    @Test("The check covers metadata, descriptors, storage, and what tracking builds on")
    func coverage() {
        let expectations = RuntimeCheck.assumptions.map(\.expectation)
        for subject in [
            "metadata", "descriptor", "witnesses", "counters", "storage", "destroys", "told from others", "named",
        ] {
            #expect(expectations.contains { $0.contains(subject) }, "nothing is checked of \(subject)")
        }
        #expect(Set(expectations).count == expectations.count)
    }

    @Test("An assumption that does not hold is named, and the ones after it are not tried")
    func failedAssumption() {
        let (one, two) = (RuntimeCheck.known, RuntimeCheck.known + 1)
        let result = RuntimeCheck.run([
            RuntimeCheck.Assumption("one is one") { one == RuntimeCheck.known },
            RuntimeCheck.Assumption("one is two") { one == two },
            RuntimeCheck.Assumption("nobody asks") {
                Issue.record("an assumption was tried after one that failed")
                return true
            },
        ])
        #expect(throws: RuntimeCheck.Failure.assumption("expected that one is two")) { try result.get() }
    }

    @Test("The library is compiled with a version that it knows, and the documents name the versions")
    func versions() throws {
        #expect(SwiftVersions.known.contains(SwiftVersions.compiler))
        let versions = SwiftVersions.known.joined(separator: ", ")
        let guides = "Sources/ClassTracking/Documentation.docc/Guides"
        for (path, line) in [
            ("README.md", "| Swift | \(versions); "), ("CONTRIBUTING.md", "with Swift \(versions), "),
            ("\(guides)/SizingObjects.md", "Made for Swift \(versions) on Linux"),
        ] {
            #expect(try Repository.text(of: path).contains(line), "\(path) does not say \"\(line)\"")
        }
    }
}
