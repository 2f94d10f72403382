import Glibc

// tracking-hammer SECONDS [SEED]: tracks objects that threads make and drop, and ends with an error where anything is wrong.

let arguments = Array(CommandLine.arguments.dropFirst())
guard let first = arguments.first, let seconds = Int(first) else {
    print("usage: tracking-hammer SECONDS [SEED]")
    exit(EX_USAGE)
}
let seed = (arguments.count > 1 ? UInt64(arguments[1]) : nil) ?? UInt64(getpid())
print("seed \(seed)")
fflush(nil)
Hammer.run(seconds: seconds, seed: seed)
