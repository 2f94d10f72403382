import Glibc
import Synchronization
import TrackingTestSupport

/// Births and deaths of the objects in the graphs, counted by each thread for itself.
///
/// A counter that all share would order the threads, and they are to run into each other.
enum Census {
    private struct Slot {
        var births = 0
        var deaths = 0
        /// No two threads write to one cache line.
        var padding: (Int, Int, Int, Int, Int, Int) = (0, 0, 0, 0, 0, 0)
    }

    private static let capacity = 64
    private static let taken = Atomic(0)
    nonisolated(unsafe) private static let slots: UnsafeMutablePointer<Slot> = {
        let slots = UnsafeMutablePointer<Slot>.allocate(capacity: capacity)
        slots.initialize(repeating: Slot(), count: capacity)
        return slots
    }()
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()

    private static var own: UnsafeMutablePointer<Slot> {
        if let known = pthread_getspecific(key) { return known.assumingMemoryBound(to: Slot.self) }
        let index = taken.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < capacity else { stop("more threads than expected") }
        pthread_setspecific(key, slots + index)
        return slots + index
    }

    static func noteBirth() { own.pointee.births += 1 }
    static func noteDeath() { own.pointee.deaths += 1 }

    /// The sums, once the other threads have ended.
    static var births: Int { (0..<capacity).reduce(0) { $0 + slots[$1].births } }
    static var deaths: Int { (0..<capacity).reduce(0) { $0 + slots[$1].deaths } }
}

/// A lock that ThreadSanitizer knows: it does not see inside of `Mutex` when threads have to wait.
final class Lock: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    init() { pthread_mutex_init(mutex, nil) }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    func callAsFunction<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }
}

/// Functions of glibc that Swift's module leaves out.
enum Allocator {
    private static func function<Function>(_ name: String, as type: Function.Type) -> Function {
        guard let symbol = dlsym(nil, name) else { stop("no \(name)") }
        return unsafeBitCast(symbol, to: type)
    }

    private typealias Trim = @convention(c) (Int) -> Int32
    private typealias Option = @convention(c) (Int32, Int32) -> Int32
    private typealias UsableSize = @convention(c) (UInt) -> Int

    private static let trimming = function("malloc_trim", as: Trim.self)
    private static let usableSizing = function("malloc_usable_size", as: UsableSize.self)

    static func trim() { _ = trimming(0) }
    static func usableSize(_ block: UInt) -> Int { usableSizing(block) }

    /// Gives blocks from 128 KiB on a mapping of their own for good; glibc raises the limit with each that is freed.
    static func mapLargeBlocks() { _ = function("mallopt", as: Option.self)(-3, 128 << 10) }
}
