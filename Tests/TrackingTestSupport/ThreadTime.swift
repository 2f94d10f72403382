package import Glibc

/// The time that a thread has spent, split by the kernel into what it did with it.
///
/// A test that says "this call does not block" must not count the time in which other threads have the processor: it judges by
/// ``asleep(since:)``, which stays the same however busy the machine is.
package struct ThreadTime {
    /// Nanoseconds on the monotonic clock.
    private var wall: UInt64
    /// Nanoseconds on a processor, and ready to run but waiting for one; `nil` where the kernel does not say.
    private var accounts: (running: UInt64, ready: UInt64)?

    /// The time of the calling thread up to now.
    package static func now() -> ThreadTime { ThreadTime(path: "/proc/thread-self/schedstat") }

    /// The time of a thread of this process up to now.
    package static func now(of thread: pid_t) -> ThreadTime { ThreadTime(path: "/proc/self/task/\(thread)/schedstat") }

    private init(path: String) {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        wall = UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
        accounts = Self.accounts(path)
    }

    /// Reads the kernel's accounts without allocating, for hosts that are short of memory or descriptors.
    private static func accounts(_ path: String) -> (running: UInt64, ready: UInt64)? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
            let count = read(file, buffer.baseAddress, buffer.count - 1)
            guard count > 0, let start = buffer.baseAddress else { return nil }
            start[count] = 0
            var end: UnsafeMutablePointer<CChar>?
            let running = strtoull(start, &end, 10)
            guard let next = end, next != start else { return nil }
            return (running, strtoull(next, nil, 10))
        }
    }

    /// Nanoseconds since `start` in which the thread waited for anything but a processor; without the kernel's accounts, all of
    /// the time.
    package func asleep(since start: ThreadTime) -> UInt64 {
        let all = wall - start.wall
        guard let accounts, let before = start.accounts else { return all }
        let awake = (accounts.running &- before.running) &+ (accounts.ready &- before.ready)
        return all > awake ? all - awake : 0
    }

    /// Nanoseconds of processor time since `start`; without the kernel's accounts, 0.
    package func running(since start: ThreadTime) -> UInt64 {
        guard let accounts, let before = start.accounts else { return 0 }
        return accounts.running &- before.running
    }

    /// Nanoseconds in which `body` waits for anything but a processor.
    package static func asleep(during body: () throws -> Void) rethrows -> UInt64 {
        let start = now()
        try body()
        return now().asleep(since: start)
    }
}

/// The kernel's number of the calling thread; 0 where `/proc` does not say.
package func threadID() -> pid_t {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
        let count = buffer.baseAddress.map { readlink("/proc/thread-self", $0, buffer.count) } ?? 0
        let path = String(decoding: buffer[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.split(separator: "/").last.flatMap { pid_t($0) } ?? 0
    }
}
