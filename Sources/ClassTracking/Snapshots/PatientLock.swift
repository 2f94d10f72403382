import Synchronization
import TrackingRecords
import TrackingSinks

/// A lock that may be held for as long as a walk of the heap takes, and that nobody waits for without end.
final class PatientLock<Value: ~Copyable>: Sendable {
    private let value: OrderedMutex<Value>
    /// Rings when the lock is given back.
    private let bell = Bell()
    /// How long a caller waits, in nanoseconds.
    let patience = Atomic<UInt64>(10_000_000_000)

    init(_ rank: LockRank, _ value: consuming sending Value) { self.value = OrderedMutex(rank, value) }

    /// Calls `body` with the lock.
    ///
    /// - Returns: What `body` returns; `nil`, without a call, where others have held the lock for as long as a caller waits.
    @discardableResult
    func withLock<Result>(_ body: (inout sending Value) -> sending Result) -> sending Result? {
        value.willWait()
        let deadline = monotonicNanoseconds() + patience.load(ordering: .relaxed)
        while true {
            let calls = bell.calls
            if let result = withLockIfAvailable(body) { return result }
            guard monotonicNanoseconds() < deadline else { return nil }
            bell.wait(calls: calls, until: deadline)
        }
    }

    /// Calls `body` with the lock where nobody has it.
    @discardableResult
    func withLockIfAvailable<Result>(_ body: (inout sending Value) -> sending Result) -> sending Result? {
        guard let result = value.withLockIfAvailable(body) else { return nil }
        bell.ring()
        return result
    }
}
