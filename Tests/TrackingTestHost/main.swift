import ClassTracking
import Glibc

// tracking-test-host MODE ARGUMENT...: a process of its own, for tests that kill, fork, limit or trace one.

let arguments = CommandLine.arguments.dropFirst()
switch (arguments.first, arguments.dropFirst().map { $0 }) {
case ("write", let rest) where rest.count == 5: write(rest)
case ("limited", let rest) where rest.count == 3: limited(rest)
case ("hold", let rest) where rest.count == 2: hold(rest)
case ("daemon", let rest) where rest.count == 1: daemon(rest)
case ("fork-file", let rest) where rest.count == 1: forkFile(rest)
case ("sync", let rest) where rest.count == 2: sync(rest)
case ("take-over", let rest) where rest.count == 2: takeOver(rest)
case ("reuse", let rest) where rest.count == 1: reuse(rest)
case ("forked-children", let rest) where rest.count == 1: forkedChildren(rest[0])
case ("forked-processes", let rest) where rest.isEmpty: forkedProcesses()
case ("forked-group", let rest) where rest.count == 2: forkedGroup(rest[0], Int(rest[1]) ?? 0)
case ("forked-orphan", let rest) where rest.isEmpty: forkedOrphan()
case ("forked-exec", let rest) where rest.count == 1: forkedExec(Int(rest[0]) ?? 0)
case ("leaderless", let rest) where rest.isEmpty: leaderless()
default:
    print(
        """
        usage: tracking-test-host write PATH MAXIMUM_BYTES KEEP COUNT PROGRESS_FILE
               tracking-test-host limited PATH LIMIT_BYTES COUNT
               tracking-test-host hold PATH COUNT
               tracking-test-host daemon DIRECTORY
               tracking-test-host fork-file PATH
               tracking-test-host sync PATH COUNT
               tracking-test-host take-over PATH write|rotate|sync|close
               tracking-test-host reuse SOCKET
               tracking-test-host forked-children handler|ignore|wait
               tracking-test-host forked-processes
               tracking-test-host forked-group PROCS_FILE BYTES
               tracking-test-host forked-orphan
               tracking-test-host forked-exec COUNT
               tracking-test-host leaderless
        """
    )
    exit(EX_USAGE)
}
