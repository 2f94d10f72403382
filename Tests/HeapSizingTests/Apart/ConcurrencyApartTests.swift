import CTrackingTestSupport
import HeapSizing
import Testing

/// Tasks keep their frames in slabs that nothing describes: what an object of the runtime itself takes is counted,
/// what a suspended function holds is not.
@Suite("Apart: tasks, continuations and streams")
struct ConcurrencyApartTests {
    @Test("A task counts at least its own block")
    func task() async {
        let (stream, continuation) = AsyncStream<Int>.makeStream()
        let task = Task {
            var sum = 0
            for await number in stream { sum += number }
            return sum
        }
        let own = unsafeBitCast(task, to: UnsafeRawPointer.self)
        #expect(HeapSizer().size(ofValue: task) >= ctt_usable_size(own))
        #expect(HeapSizer().size(of: Box(task)) >= ctt_usable_size(own))
        continuation.yield(opaque(5))
        continuation.finish()
        #expect(await task.value == 5)
        #expect(HeapSizer().size(ofValue: task) >= ctt_usable_size(own))
    }

    @Test("A checked continuation has a size of its own")
    func continuation() async {
        let size = await withCheckedContinuation { (continuation: CheckedContinuation<Int, Never>) in
            let size = HeapSizer().size(ofValue: continuation)
            #expect(HeapSizer().size(of: Box(continuation)) > size)
            continuation.resume(returning: size)
        }
        #expect(size >= 24)
    }

    @Test("An unsafe continuation can be sized")
    func unsafeContinuation() async {
        let size = await withUnsafeContinuation { (continuation: UnsafeContinuation<Int, Never>) in
            continuation.resume(returning: HeapSizer().size(of: Box(continuation)))
        }
        #expect(size > 0)
    }

    @Test("A stream and its continuation share their storage")
    func stream() {
        let (stream, continuation) = AsyncStream<String>.makeStream(bufferingPolicy: .unbounded)
        for number in 0..<10 { continuation.yield(text(20 + number)) }
        let sizer = HeapSizer()
        let size = sizer.size(ofValue: continuation)
        #expect(size >= 24)
        #expect(HeapSizer().size(ofValue: stream) >= size)
        _ = sizer.size(ofValue: stream)
        #expect(sizer.size(ofValue: continuation) == 0)
        continuation.finish()
    }

    @Test("An actor that works is sized while it does")
    func actor() async {
        let keeper = Keeper(text(30))
        let rest = HeapSizer().size(of: keeper)
        await withTaskGroup { group in
            for _ in 0..<20 {
                group.addTask {
                    for _ in 0..<20 { #expect(HeapSizer().size(of: keeper) >= rest) }
                }
            }
        }
        #expect(HeapSizer().size(of: keeper) == rest)
    }
}
