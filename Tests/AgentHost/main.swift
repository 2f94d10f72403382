// A program as the agent meets it: it knows nothing of class-tracker, and depends on nothing.
//
//     agent-host exit CODE            ends at once
//     agent-host show NAME…           prints variables of its environment
//     agent-host run COMMAND…         becomes another program
//     agent-host work SECONDS         makes sessions, and a report of 64 MiB half a second after its beginning

import Glibc

final class Session {
    var text: [UInt8]

    init(_ bytes: Int) { text = [UInt8](repeating: 7, count: bytes) }
}

final class ReportPage {
    var bytes = [UInt8](repeating: 1, count: 1 << 20)
}

final class Cache<Value> {
    var values: [Value] = []
}

// Not within the function: an object that does not leave it may be on its stack.
nonisolated(unsafe) let cache = Cache<Session>()

func work(_ seconds: Double) {
    var sessions: [Session] = []
    let start = ContinuousClock.now
    var isReported = false
    while ContinuousClock.now < start + .seconds(seconds) {
        sessions.append(Session(1000))
        if sessions.count % 10 == 0 { cache.values.append(sessions[0]) }
        if !isReported, ContinuousClock.now > start + .milliseconds(1500) {
            isReported = true
            let pages = (0..<64).map { _ in ReportPage() }
            usleep(150_000)
            withExtendedLifetime(pages) {}
        }
        usleep(10_000)
    }
    print("made \(sessions.count) sessions, \(cache.values.count) cached")
}

let arguments = CommandLine.arguments
switch arguments.dropFirst().first {
case "exit": exit(Int32(arguments[2]) ?? 0)
case "show":
    for name in arguments.dropFirst(2) { print("\(name)=\(getenv(name).map { String(cString: $0) } ?? "-")") }
case "run":
    var words: [UnsafeMutablePointer<CChar>?] = arguments.dropFirst(2).map { strdup($0) }
    words.append(nil)
    if let program = words[0] { execvp(program, words) }
    exit(127)
case "work": work(Double(arguments[2]) ?? 1)
default: exit(64)
}
