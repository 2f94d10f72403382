import Glibc

/// Ends the process in a way that no test takes for success.
func stop(_ reason: String) -> Never {
    print("tracking-hammer: \(reason)")
    fflush(nil)
    abort()
}

func require(_ condition: Bool, _ reason: @autoclosure () -> String) {
    if !condition { stop(reason()) }
}

/// Numbers that look random and are the same for the same seed.
struct Random {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }
}

private final class ThreadBody {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

func startThread(_ body: @escaping @Sendable () -> Void) -> pthread_t {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(ThreadBody(body)).toOpaque()
    let failure = pthread_create(
        &thread,
        nil,
        { context in
            guard let context else { return nil }
            Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
            return nil
        },
        context
    )
    require(failure == 0, "no thread: \(String(cString: strerror(failure)))")
    return thread
}

/// The word in front of a class's metadata by which the runtime destroys an instance.
func destroyWord(of type: AnyClass) -> UInt {
    guard let metadata = UnsafeRawPointer(bitPattern: unsafeBitCast(type, to: UInt.self)) else { stop("no metadata") }
    return (metadata - 16).load(as: UInt.self)
}
