import CTrackingRuntime

/// The stacks on which objects of classes with `trace: true` are created, kept as long as an instance of this type
/// lives.
///
/// There is one table for the process: its ids are the same for all trackers. A tracker that is closed still has one,
/// so that its traces can be read; with the last tracker the stacks are forgotten.
final class TraceTable: Sendable {
    private let isOpen = ct_traces_open() != 0

    deinit {
        if isOpen { ct_traces_close() }
    }

    /// The return addresses of a stack, innermost first; none for an id that is not known.
    func addresses(of id: Int) -> [UInt] {
        guard let trace = UInt32(exactly: id) else { return [] }
        let room = Int(CT_TRACE_DEPTH_LIMIT)
        return [UInt](unsafeUninitializedCapacity: room) { buffer, count in
            count = min(ct_trace_frames(trace, buffer.baseAddress, room), room)
        }
    }

    /// The id in place of a stack for which there was no room.
    static let other = Int(CT_TRACE_OTHER)

    /// How many different stacks are kept.
    static var count: Int { ct_trace_count() }

    /// Objects whose stack could not be kept.
    static var missed: Int { Int(clamping: ct_traces_missed()) }

    /// Bytes of memory in use.
    static var bytes: Int { ct_traces_bytes() }
}
