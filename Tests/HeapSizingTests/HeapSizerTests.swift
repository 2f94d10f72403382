import HeapSizing
import Testing

@Suite("Heap sizer")
struct HeapSizerTests {
    @Test("A new sizer has counted nothing")
    func nothing() { #expect(HeapSizer().total == 0) }
}
