// A program that makes a known number of objects while copies of the tracker in its process count them.
//
//     host OBJECTS DIRECTORY LIBRARY...
//
// Each library has a copy in it, as the program itself may have (LINKED), and the agent that is preloaded. The last library's
// is started and ended over and over. In the end all are closed, and the program goes on.

import Glibc

final class Session {
    // Every tenth is a mapping of its own, which is gone when the object is freed: a walk that comes too late faults.
    var numbers: [Int]
    init(_ number: Int) { numbers = [Int](repeating: number, count: number % 10 == 0 ? 40_000 : 4) }
}

final class Other {
    var number: Int
    init(_ number: Int) { self.number = number }
}

struct Copy {
    var start: @convention(c) (UnsafeRawPointer, UnsafePointer<CChar>) -> Int32
    var stop: @convention(c) () -> Void
    var library: UnsafeMutableRawPointer?
}

func fail(_ words: String) -> Never {
    print(words)
    exit(1)
}

func open(_ path: String) -> Copy {
    let flags = RTLD_NOW | (getenv("COPIES_GLOBAL") == nil ? RTLD_LOCAL : RTLD_GLOBAL)
    guard let library = dlopen(path, flags) else { fail(String(cString: dlerror())) }
    return Copy(
        start: unsafeBitCast(
            dlsym(library, "copy_start"),
            to: (@convention(c) (UnsafeRawPointer, UnsafePointer<CChar>) -> Int32).self
        ),
        stop: unsafeBitCast(dlsym(library, "copy_stop"), to: (@convention(c) () -> Void).self),
        library: library
    )
}

nonisolated(unsafe) var isExpected = false

// A crash reporter: the process's own faults come to it, and none of the trackers'.
func reportCrashes() {
    var action = sigaction()
    action.__sigaction_handler.sa_sigaction = { _, _, _ in
        if isExpected { _exit(0) }
        let words: StaticString = "a fault of a tracker came to the host\n"
        write(1, words.utf8Start, words.utf8CodeUnitCount)
        _exit(99)
    }
    action.sa_flags = SA_SIGINFO
    sigaction(SIGSEGV, &action, nil)
    sigaction(SIGBUS, &action, nil)
}

let objects = Int(CommandLine.arguments[1]) ?? 0
let directory = CommandLine.arguments[2]
let type = unsafeBitCast(Session.self as AnyClass, to: UnsafeRawPointer.self)
setvbuf(stdout, nil, _IOLBF, 0)
reportCrashes()

var copies = CommandLine.arguments.dropFirst(3).map(open)
let restless = copies.count > 1 ? copies.popLast() : nil
#if LINKED
@_silgen_name("copy_start") func ownStart(_ type: UnsafeRawPointer, _ path: UnsafePointer<CChar>) -> Int32
@_silgen_name("copy_stop") func ownStop()
copies.append(Copy(start: { ownStart($0, $1) }, stop: { ownStop() }, library: nil))
#endif

for (number, copy) in copies.enumerated() {
    if copy.start(type, "\(directory)/copy\(number).jsonl") != 0 && getenv("COPIES_MAY_STAND_BACK") == nil { exit(1) }
}

nonisolated(unsafe) var kept = [[Session]](repeating: [], count: 2)
func work(_ index: Int) {
    for number in 0..<objects / 2 {
        kept[index].append(Session(number))
        if kept[index].count == 70 { kept[index].removeAll() }
        if number % 200 == 0 { usleep(500) }
    }
}
var threads = [pthread_t(), pthread_t()]
for index in 0..<2 {
    pthread_create(
        &threads[index],
        nil,
        {
            work(Int(bitPattern: $0))
            return nil
        },
        UnsafeMutableRawPointer(bitPattern: index)
    )
}
if let restless {
    for turn in 0..<20 {
        _ = restless.start(type, "\(directory)/restless\(turn).jsonl")
        usleep(20_000)
        restless.stop()
        if turn == 10 { reportCrashes() }
    }
}
for thread in threads { pthread_join(thread, nil) }
print("made \(objects) living \(kept[0].count + kept[1].count)")

for copy in copies { copy.stop() }
for library in ([restless].compactMap { $0 } + copies).compactMap(\.library) { dlclose(library) }
// What a library has left behind is called now.
kept = [[], []]
for number in 1...10_000 { withExtendedLifetime(Other(number)) {} }
isExpected = true
// Swift leaves fork out; a child has all handlers.
let fork = unsafeBitCast(dlsym(nil, "fork"), to: (@convention(c) () -> pid_t).self)
let child = fork()
if child == 0 { UnsafeMutablePointer<Int>(bitPattern: 16)?.pointee = 1 }
var status: Int32 = 0
waitpid(child, &status, 0)
print("crash reporter: \(status)")

/// Snapshots in the agent's stream.
func snapshots(_ path: UnsafePointer<CChar>) -> Int {
    guard let file = fopen(path, "re") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 4096)
    var count = 0
    while fgets(&line, Int32(line.count), file) != nil {
        if strstr(line, "\"record\":\"snapshot\"") != nil { count += 1 }
    }
    return count
}

// On a busy machine the end is not waited for until a last one is taken: the second one from now on has everything.
if let stream = getenv("COPIES_STREAM") {
    let before = snapshots(stream)
    while snapshots(stream) < before + 2 { usleep(100_000) }
}
exit(0)
