import Synchronization
import TrackingRecords
import TrackingSinks

/// A lock that may be held as long as a walk of the heap takes; every wait for it is bounded.
final class PatientLock<Value: ~Copyable>: Sendable {
    private let value: OrderedMutex<Value>
    /// Rings when the lock is released.
    private let bell = Bell()
    /// The longest wait of a caller, in nanoseconds.
    let patience = Atomic<UInt64>(10_000_000_000)

    init(_ rank: LockRank, _ value: consuming sending Value) { self.value = OrderedMutex(rank, value) }

    /// Calls `body` with the lock.
    ///
    /// - Returns: The result of `body`; `nil`, without a call, if the lock was held by others for the longest wait.
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

    /// Calls `body` with the lock if it is free.
    @discardableResult
    func withLockIfAvailable<Result>(_ body: (inout sending Value) -> sending Result) -> sending Result? {
        guard let result = value.withLockIfAvailable(body) else { return nil }
        bell.ring()
        return result
    }
}
