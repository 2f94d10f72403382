import Glibc

// sizing-hammer SECONDS [SEED]: sizes graphs while they are changed, and ends with an error where anything is wrong.
// sizing-hammer guard MODE: see GuardModes.swift.

let arguments = Array(CommandLine.arguments.dropFirst())
switch arguments.first {
case let seconds? where Int(seconds) != nil:
    let seed = arguments.count > 1 ? UInt64(arguments[1]) : UInt64(getpid())
    print("seed \(seed ?? 1)")
    fflush(nil)
    Hammer.run(seconds: Int(seconds) ?? 1, seed: seed ?? 1)
case "guard" where arguments.count == 2: runGuardMode(arguments[1])
default:
    print("usage: sizing-hammer SECONDS [SEED]\n       sizing-hammer guard MODE")
    exit(EX_USAGE)
}
