import CTrackingTestSupport
import HeapSizing
import Testing

/// Graphs that are larger than any place in which a walk keeps what it has still to visit.
@Suite("Large graphs")
struct LargeGraphTests {
    @Test("A list of a million nodes is sized to the byte in bounded memory, whichever reference comes first")
    func chains() {
        check {
            var first = PayloadFirst(nil)
            for _ in 1..<1_000_000 { first = PayloadFirst(first) }
            return first
        } drop: { first in
            while let next = first.next { first = next }
        }
        check {
            var first = NextFirst(nil)
            for _ in 1..<1_000_000 { first = NextFirst(first) }
            return first
        } drop: { first in
            while let next = first.next { first = next }
        }
    }

    @Test("A dense graph overflows what waits, and is sized to the byte all the same")
    func dense() {
        var random = SplitMix64(seed: 8)
        let revisits = check {
            let vertices = (0..<200_000).map { _ in DenseVertex() }
            for vertex in vertices {
                for index in 0..<8 { vertex.others[index] = vertices[random.below(vertices.count)] }
            }
            return vertices
        } drop: { vertices in
            for vertex in vertices { vertex.others = .init(repeating: nil) }
        }
        #expect(revisits > 0)
    }

    @Test("Collections of a million references are sized to the byte in bounded memory")
    func collections() {
        check { (0..<1_000_000).map { Twig($0) } }
        check { Dictionary(uniqueKeysWithValues: (0..<1_000_000).map { ($0, Twig($0)) }) }
    }

    @Test("A list of 300,000 indirect cases is sized to the byte in bounded memory")
    func indirect() {
        check {
            var list = List<Twig>.end
            for _ in 0..<300_000 { list = .node(Twig(), list) }
            return list
        } drop: { list in
            while case .node(_, let next) = list { list = next }
        }
    }

    /// Sizes a value that is built here, and has it dropped without recursion.
    ///
    /// - Returns: How often the walk had to begin again.
    @discardableResult
    private func check<Value>(
        _ make: () -> Value,
        drop: (inout Value) -> Void = { _ in },
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> Int {
        let before = ctt_thread_live_bytes()
        var value = make()
        let growth = Int(ctt_thread_live_bytes() - before)
        let sizer = HeapSizer()
        let size = sizer.size(ofValue: value)
        #expect(size == growth, sourceLocation: sourceLocation)
        #expect(sizer.unsized == 0, sourceLocation: sourceLocation)
        #expect(sizer.workingBytes <= growth / 100 + 1 << 20, sourceLocation: sourceLocation)
        drop(&value)
        return sizer.revisits
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
