import CFuzzSupport
import FuzzTargets
import Glibc
import SystemPackage
import TrackingTestSupport

// One program for all parsers, which are chosen by the name it is called by (`fuzz-records`), so that they are built and
// linked once. With libFuzzer it takes libFuzzer's arguments; without it reads each file given once.

/// The parser that the program's name asks for.
enum Chosen {
    static let target: FuzzTarget = {
        let name = CommandLine.arguments[0].split(separator: "/").last?.split(separator: "-", maxSplits: 1).last ?? ""
        if let target = FuzzTarget(rawValue: String(name)) { return target }
        let names = FuzzTarget.allCases.map { "fuzz-\($0.rawValue)" }
        print("call it by the name of a parser, as Scripts/fuzz does: \(names.joined(separator: " "))")
        exit(EX_USAGE)
    }()
}

let target = Chosen.target
let code = fuzz_run(CommandLine.argc, CommandLine.unsafeArgv) { start, count in
    do {
        try Chosen.target.check(UnsafeRawBufferPointer(start: start, count: count))
    } catch {
        // What libFuzzer keeps the input of.
        fatalError("\(Chosen.target.rawValue): \(error)")
    }
    return 0
}
guard code < 0 else { exit(code) }

for path in CommandLine.arguments.dropFirst() {
    do {
        let input = try bytes(of: FilePath(path))
        try input.withUnsafeBytes { try target.check($0) }
        print("\(path): ok")
    } catch {
        print("\(path): \(error)")
        exit(EXIT_FAILURE)
    }
}
