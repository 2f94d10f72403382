import CTrackingRuntime

/// The stacks that create objects of classes with `trace: true`, kept during the lifetime of an instance of this type.
///
/// There is one table for the process: its ids are the same for all trackers. A closed tracker still has an instance,
/// so that its traces can be read; the stacks are discarded with the last tracker.
final class TraceTable: Sendable {
    private let isOpen = ct_traces_open() != 0

    deinit {
        if isOpen { ct_traces_close() }
    }

    /// Returns the return addresses of a stack, innermost first; none for an unknown id.
    func addresses(of id: Int) -> [UInt] {
        guard let trace = UInt32(exactly: id) else { return [] }
        let capacity = Int(CT_TRACE_DEPTH_LIMIT)
        return [UInt](unsafeUninitializedCapacity: capacity) { buffer, count in
            count = min(ct_trace_frames(trace, buffer.baseAddress, capacity), capacity)
        }
    }

    /// The id that replaces a stack that could not be stored.
    static let other = Int(CT_TRACE_OTHER)

    /// The number of different stacks that are stored.
    static var count: Int { ct_trace_count() }

    /// The number of objects whose stack could not be stored.
    static var missed: Int { Int(clamping: ct_traces_missed()) }

    /// The bytes of memory in use.
    static var bytes: Int { ct_traces_bytes() }
}
