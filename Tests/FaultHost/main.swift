import Glibc

// fault-host MODE FILE: a service with the agent in it, to which one thing happens that nobody wants. It goes on with its work,
// compares its own counts with what the agent says, and ends with 0. What it prints after "host:" is what it has noticed.
// Tests/EndToEnd/fault-test.sh runs it, and reads FILE afterwards.

let modes: [String: (String) throws -> Void] = [
    "none": withoutFault,
    "malloc": mallocFails,
    "mmap": mmapFails,
    "address-space": addressSpaceIsShort,
    "memory-limit": memoryLimitIsNear,
    "threads-before": threadsAreRefusedBefore,
    "threads-while": threadsAreRefusedWhile,
    "threads-forbidden-before": threadsAreForbiddenBefore,
    "threads-forbidden-while": threadsAreForbiddenWhile,
    "descriptors-before": descriptorsAreUsedUpBefore,
    "descriptors-while": descriptorsAreUsedUpWhile,
    "descriptors-taken": descriptorsAreTaken,
    "descriptors-of-dispatch": descriptorsOfDispatchAreTaken,
    "proc-before": thereIsNoProc,
    "proc-while": procGoesAway,
    "read-only": fileSystemIsReadOnly,
    "none-hidepid": withoutFault,
    "signals": signalsInterrupt,
    "signals-to-threads": threadsAreStopped,
    "signals-awaited": signalsAreAwaited,
    "stopped": processIsStopped,
    "handlers-before": { try handlers($0, isBefore: true, isOnStack: false) },
    "handlers-before-on-stack": { try handlers($0, isBefore: true, isOnStack: true) },
    "handlers-after": { try handlers($0, isBefore: false, isOnStack: false) },
    "handlers-after-on-stack": { try handlers($0, isBefore: false, isOnStack: true) },
    "children": childrenComeAndGo,
    "fork": childrenGoOn,
    "exit": exitsMeanwhile,
    "unload": libraryIsUnloaded,
    "cancel": threadsAreCancelled,
    "lost-lock": threadIsLostWithLock,
    "soak": soak,
]

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count >= 2, let mode = modes[arguments[0]] else {
    print("usage: fault-host MODE FILE\nmodes: \(modes.keys.sorted().joined(separator: " "))")
    exit(EX_USAGE)
}
do {
    try mode(arguments[1])
} catch {
    stop("\(error)")
}
print("ok")
