import FuzzTargets
import SystemPackage
import Testing
import TrackingTestSupport

/// What Scripts/fuzz found and starts from holds in an ordinary build too.
@Suite("Inputs of the fuzzer")
struct InputTests {
    private static func files(_ folder: String, _ target: FuzzTarget) -> [FilePath] {
        let root = FilePath(#filePath).removingLastComponent().removingLastComponent()
        let folder = root.appending("Fuzzing").appending(folder).appending(target.rawValue)
        return TemporaryDirectory.names(in: folder).filter { !$0.hasPrefix(".") }.map(folder.appending)
    }

    @Test("What is kept of earlier runs keeps all promises", arguments: FuzzTarget.allCases)
    func corpus(target: FuzzTarget) throws {
        let files = Self.files("Corpus", target)
        #expect(!files.isEmpty)
        for file in files { Self.check(file, target) }
    }

    @Test("What has ever broken a promise does not any more", arguments: FuzzTarget.allCases)
    func regressions(target: FuzzTarget) {
        for file in Self.files("Regressions", target) { Self.check(file, target) }
    }

    private static func check(_ file: FilePath, _ target: FuzzTarget) {
        #expect(throws: Never.self, "\(file)") {
            let input = try bytes(of: file)
            try input.withUnsafeBytes { try target.check($0) }
        }
    }
}
