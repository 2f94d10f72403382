import FuzzTargets
import Glibc
import SystemPackage
import Testing

/// What Scripts/fuzz found and starts from holds in an ordinary build too.
@Suite("Inputs of the fuzzer")
struct InputTests {
    private static func files(_ folder: String, _ target: FuzzTarget) -> [FilePath] {
        let root = FilePath(#filePath).removingLastComponent().removingLastComponent()
        let folder = root.appending("Fuzzing").appending(folder).appending(target.rawValue)
        guard let stream = opendir(folder.string) else { return [] }
        defer { closedir(stream) }
        var files: [FilePath] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { files.append(folder.appending(name)) }
        }
        return files.sorted { $0.string < $1.string }
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
            let bytes = try InputFile.contents(of: file)
            try bytes.withUnsafeBytes { try target.check($0) }
        }
    }
}
