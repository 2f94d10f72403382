import Glibc
package import Synchronization

/// A mutex with a rank in the order of locks (``LockRank``).
///
/// A debug build stores the ranks that each thread holds, and traps if one is taken out of order. A release build has
/// the mutex alone.
package struct OrderedMutex<Value: ~Copyable>: ~Copyable, Sendable {
    @usableFromInline
    package let mutex: Mutex<Value>
    #if DEBUG
    @usableFromInline
    package let rank: LockRank
    #endif

    /// Creates an unlocked mutex.
    @inlinable
    package init(_ rank: LockRank, _ value: consuming sending Value) {
        mutex = Mutex(value)
        #if DEBUG
        self.rank = rank
        #endif
    }

    /// Calls `body` while holding the lock.
    @inlinable
    package borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        #if DEBUG
        HeldLocks.check(rank)
        HeldLocks.add(rank)
        defer { HeldLocks.remove(rank) }
        #endif
        return try mutex.withLock(body)
    }

    /// Calls `body` while holding the lock if no other thread holds it; otherwise returns `nil`.
    ///
    /// Because it does not wait, a thread may call it whatever locks it holds.
    @inlinable
    package borrowing func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result? {
        #if DEBUG
        HeldLocks.add(rank)
        defer { HeldLocks.remove(rank) }
        #endif
        return try mutex.withLockIfAvailable(body)
    }

    /// Checks that the thread may wait for the lock; for callers that wait by trying again.
    @inlinable
    package borrowing func willWait() {
        #if DEBUG
        HeldLocks.check(rank)
        #endif
    }
}

#if DEBUG
/// The ranks that the calling thread holds, one bit for each.
@usableFromInline
package enum HeldLocks {
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        let failure = pthread_key_create(&key, nil)
        precondition(failure == 0, "the process has no thread-specific key left to check the order of locks with")
        return key
    }()

    private static var ranks: UInt {
        get { UInt(bitPattern: pthread_getspecific(key)) }
        set { pthread_setspecific(key, UnsafeRawPointer(bitPattern: newValue)) }
    }

    /// Returns the held lock that forbids a thread to wait for another one; `nil` if it may wait.
    ///
    /// - Parameters:
    ///   - wanted: The rank of the lock to take.
    ///   - ranks: The ranks that the thread holds, one bit for each.
    /// - Returns: The last held rank that is not before the wanted one.
    package static func obstacle(to wanted: LockRank, holding ranks: UInt) -> LockRank? {
        guard ranks >> UInt(wanted.rawValue) != 0 else { return nil }
        return LockRank(rawValue: UInt8(UInt.bitWidth - 1 - ranks.leadingZeroBitCount))
    }

    @usableFromInline
    package static func check(_ wanted: LockRank) {
        guard let held = obstacle(to: wanted, holding: ranks) else { return }
        fatalError("order of locks: a thread that holds \(held) must not wait for \(wanted); see LockRank")
    }

    @usableFromInline
    package static func add(_ rank: LockRank) { ranks |= 1 << UInt(rank.rawValue) }

    @usableFromInline
    package static func remove(_ rank: LockRank) { ranks &= ~(1 << UInt(rank.rawValue)) }
}
#endif
