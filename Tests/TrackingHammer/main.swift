import Glibc

// tracking-hammer [forked] SECONDS [SEED]: tracks objects that threads make and drop, and ends with an error where anything is
// wrong; with "forked" the snapshots are. With "exchange" in its place it looks for what holds at each instant only.

var arguments = Array(CommandLine.arguments.dropFirst())
let mode = arguments.first.flatMap { Int($0) == nil ? $0 : nil } ?? "in-process"
if mode == arguments.first { arguments.removeFirst() }
guard let first = arguments.first, let seconds = Int(first), ["in-process", "forked", "exchange"].contains(mode) else {
    print("usage: tracking-hammer [forked | exchange] SECONDS [SEED]")
    exit(EX_USAGE)
}
let seed = (arguments.count > 1 ? UInt64(arguments[1]) : nil) ?? UInt64(getpid())
print("seed \(seed)")
fflush(nil)
if mode == "exchange" {
    Exchange.run(seconds: seconds, seed: seed)
} else {
    Hammer.run(seconds: seconds, seed: seed, isForked: mode == "forked")
}
