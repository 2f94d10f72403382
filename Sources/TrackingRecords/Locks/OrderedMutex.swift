import Glibc
package import Synchronization

/// A mutex with a place in the order of locks (``LockRank``).
///
/// A debug build keeps the ranks that each thread holds, and traps where one is taken out of order. A release build has the
/// mutex alone.
package struct OrderedMutex<Value: ~Copyable>: ~Copyable, Sendable {
    @usableFromInline
    package let mutex: Mutex<Value>
    #if DEBUG
    @usableFromInline
    package let rank: LockRank
    #endif

    /// Makes a mutex that nobody holds.
    @inlinable
    package init(_ rank: LockRank, _ value: consuming sending Value) {
        mutex = Mutex(value)
        #if DEBUG
        self.rank = rank
        #endif
    }

    /// Calls `body` with the lock.
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

    /// Calls `body` with the lock where no other thread has it, and returns `nil` where one has.
    ///
    /// As it does not wait, it may be called whatever locks the thread holds.
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

    /// Checks that the thread may wait for the lock; for callers that wait by asking again.
    @inlinable
    package borrowing func willWait() {
        #if DEBUG
        HeldLocks.check(rank)
        #endif
    }
}

#if DEBUG
/// The ranks that the calling thread holds, one bit a rank.
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

    /// Returns the held lock that keeps a thread from waiting for another one; `nil` where it may wait.
    ///
    /// - Parameters:
    ///   - wanted: The rank of the lock to take.
    ///   - ranks: The ranks that the thread holds, one bit a rank.
    /// - Returns: The last one in the order of locks that is not before the wanted one.
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
