#if CLI
/// Somebody who is logged in; the demo's service forgets to let go of them.
final class Session {
    let history: [UInt8]

    init(byteCount: Int) { history = [UInt8](repeating: 1, count: byteCount) }
}

/// Work of the busy phase.
final class Request {
    let body: [UInt8]

    init(byteCount: Int) { body = [UInt8](repeating: 2, count: byteCount) }
}

/// A part of the report that is the spike: all of it is built before any of it is sent.
final class ReportPage {
    let rows: [UInt8]

    init(byteCount: Int) { rows = [UInt8](repeating: 3, count: byteCount) }
}
#endif
