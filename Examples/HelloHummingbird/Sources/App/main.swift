// A small Hummingbird service. Each line that the tracker adds is marked with +.

import ClassTracking  // +
import Hummingbird
import Logging
import Synchronization

/// A user who logged in; sessions are never removed, and are the leak that the tracker shows.
final class Session: Sendable {
    let user: String
    let state = [UInt8](repeating: 0, count: 1000)

    init(user: String) { self.user = user }
}

/// A page of a report; a request for many pages causes a spike.
final class ReportPage {
    let rows = [UInt8](repeating: 1, count: 1 << 20)
}

let sessions = Mutex<[Session]>([])
let logger = Logger(label: "App")

let router = Router()
router.get("/") { _, _ in "Hello" }
router.get("/login/:user") { _, context in
    let session = Session(user: try context.parameters.require("user"))
    let count = sessions.withLock { sessions in
        sessions.append(session)
        return sessions.count
    }
    return "You are number \(count)."
}
router.get("/report/:pages") { _, context in
    let count = try context.parameters.require("pages", as: Int.self)
    let pages = (0..<min(max(count, 1), 512)).map { _ in ReportPage() }
    return "\(pages.reduce(0) { $0 + $1.rows.count }) bytes"
}

var app = Application(
    router: router,
    configuration: .init(address: .hostname("127.0.0.1", port: Environment().get("PORT", as: Int.self) ?? 8080)),
    logger: logger
)

let tracker = ClassTracker(sinks: { [LogSink(logger)] })  // +
try tracker.trackClass(Session.self, trace: true)  // +
try tracker.trackClass(ReportPage.self, trace: true)  // +
app.addServices(ClassTrackerService(tracker, interval: .seconds(1)))  // +

try await app.runService()
