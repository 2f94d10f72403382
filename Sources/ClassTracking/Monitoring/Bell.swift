import CTrackingRuntime
import TrackingRecords

/// Wakes threads that wait for a condition; ringing it takes no lock.
final class Bell: Sendable {
    // A futex: the kernel and the C side use it atomically.
    private nonisolated(unsafe) let word: UnsafeMutablePointer<UInt32>
    private let isOwned: Bool

    init() {
        word = .allocate(capacity: 1)
        word.initialize(to: 0)
        isOwned = true
    }

    /// Creates a bell from a word that is never freed.
    init(_ word: UnsafeMutablePointer<UInt32>) {
        self.word = word
        isOwned = false
    }

    deinit { if isOwned { word.deallocate() } }

    /// The number of times the bell was rung.
    var calls: UInt32 { ct_waker_calls(word) }

    func ring() { ct_waker_wake(word) }

    /// Waits until the bell was rung more often than `calls` times, or until a monotonic time in nanoseconds; may
    /// return earlier.
    func wait(calls: UInt32, until deadline: UInt64) { ct_waker_wait(word, calls, deadline) }

    /// Waits until a condition is true, which is checked each time the bell rings.
    ///
    /// - Parameters:
    ///   - deadline: The monotonic time in nanoseconds at which the wait ends.
    ///   - isSo: The condition; called on this thread.
    /// - Returns: Whether the condition is true.
    func wait(until deadline: UInt64, for isSo: () -> Bool) -> Bool {
        while true {
            let calls = calls
            if isSo() { return true }
            guard monotonicNanoseconds() < deadline else { return false }
            wait(calls: calls, until: deadline)
        }
    }
}
