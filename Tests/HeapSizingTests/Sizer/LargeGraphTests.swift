import CTrackingTestSupport
import HeapSizing
import Testing
import TrackingTestSupport

/// Graphs that are larger than any place in which a walk keeps what it has still to visit.
@Suite("Large graphs", .countedAllocations, .processWide)
struct LargeGraphTests {
    @Test("A list of a million nodes is sized to the byte in bounded memory, whichever reference comes first")
    func chains() {
        check(1_000_000) { count in
            var first = PayloadFirst(nil)
            for _ in 1..<count { first = PayloadFirst(first) }
            return first
        } drop: { first in
            while let next = first.next { first = next }
        }
        check(1_000_000) { count in
            var first = NextFirst(nil)
            for _ in 1..<count { first = NextFirst(first) }
            return first
        } drop: { first in
            while let next = first.next { first = next }
        }
    }

    @Test("A dense graph overflows what waits, and is sized to the byte all the same")
    func dense() {
        var random = SeededGenerator(seed: 8)
        let sizer = check(200_000) { count in
            let vertices = (0..<count).map { _ in DenseVertex() }
            for vertex in vertices {
                for index in 0..<8 { vertex.others[index] = vertices[random.below(count)] }
            }
            return vertices
        } drop: { vertices in
            for vertex in vertices { vertex.others = .init(repeating: nil) }
        }
        #expect(sizer.revisits > 0)
    }

    @Test("Collections of a million references are sized to the byte in bounded memory")
    func collections() {
        check(1_000_000) { count in (0..<count).map { Twig($0) } }
        check(1_000_000) { count in Dictionary(uniqueKeysWithValues: (0..<count).map { ($0, Twig($0)) }) }
    }

    @Test("A list of 300,000 indirect cases is sized to the byte in bounded memory")
    func indirect() {
        check(300_000) { count in
            var list = List<Twig>.end
            for _ in 0..<count { list = .node(Twig(), list) }
            return list
        } drop: { list in
            while case .node(_, let next) = list { list = next }
        }
    }

    /// Sizes a value that is built here, and has it dropped without recursion.
    @discardableResult
    private func check<Value>(
        _ count: Int,
        _ make: (Int) -> Value,
        drop: (inout Value) -> Void = { _ in },
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> HeapSizer {
        // Fills the caches of the runtime.
        var small = make(2)
        drop(&small)
        let before = ctt_thread_live_bytes()
        var value = make(count)
        let growth = Int(ctt_thread_live_bytes() - before)
        let sizer = HeapSizer()
        let size = sizer.size(ofValue: value)
        #expect(size == growth, sourceLocation: sourceLocation)
        #expect(sizer.unsized == 0, sourceLocation: sourceLocation)
        #expect(sizer.workingBytes <= growth / 100 + 1 << 20, sourceLocation: sourceLocation)
        drop(&value)
        return sizer
    }
}

private final class PayloadFirst {
    let payload = Twig()
    var next: PayloadFirst?

    init(_ next: PayloadFirst?) { self.next = next }
}

private final class NextFirst {
    var next: NextFirst?
    let payload = Twig()

    init(_ next: NextFirst?) { self.next = next }
}

private final class DenseVertex {
    var others = InlineArray<8, DenseVertex?>(repeating: nil)
}
