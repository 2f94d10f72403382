#if CLI
/// The session of a user, which the demo's service never releases.
final class Session {
    let history: [UInt8]

    init(byteCount: Int) { history = [UInt8](repeating: 1, count: byteCount) }
}

/// A request of the busy phase.
final class Request {
    let body: [UInt8]

    init(byteCount: Int) { body = [UInt8](repeating: 2, count: byteCount) }
}

/// A page of the report that makes the spike: all pages are built before the first one is sent.
final class ReportPage {
    let rows: [UInt8]

    init(byteCount: Int) { rows = [UInt8](repeating: 3, count: byteCount) }
}
#endif
