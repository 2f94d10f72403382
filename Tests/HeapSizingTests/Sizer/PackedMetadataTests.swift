import CTrackingTestSupport
import Glibc
import HeapSizing
import Testing

@Suite("Metadata next to a page that nobody has written to", .countedAllocations)
struct PackedMetadataTests {
    private protocol Shape {}

    /// Too large for an existential's own words, so that it lies in a box.
    private struct Wide: Shape {
        var words = (1, 2, 3, 4, 5, 6, 7)
    }

    private struct Holder {
        var shape: any Shape
    }

    /// Not knowing the type, it has the runtime make the metadata of the box; the compiler lays out others in the program.
    @inline(never)
    @_optimize(none)
    private func boxed<Value: Shape>(_ value: Value) -> any Shape { value }

    @Test("A box whose metadata ends with its page is sized to the byte")
    func box() throws {
        // Stays mapped: layouts are remembered by the address of the metadata, as metadata is never freed.
        let page = Int(getpagesize())
        let pages = try #require(ctt_map(2 * page, PROT_READ | PROT_WRITE, 0))
        var holder = Holder(shape: boxed(Wide()))
        let before = HeapSizer().size(ofValue: holder)
        // The first word of the existential is the box, and the box's first one its metadata: two words before the address that
        // it is known by, and three from there on.
        let box = try #require(
            withUnsafeBytes(of: &holder) { $0.load(as: UnsafeMutableRawPointer?.self) }
        )
        let metadata = box.load(as: UnsafeRawPointer.self)
        let copy = pages + page - 24
        (copy - 16).copyMemory(from: metadata - 16, byteCount: 40)
        box.storeBytes(of: UnsafeRawPointer(copy), as: UnsafeRawPointer.self)
        defer { box.storeBytes(of: metadata, as: UnsafeRawPointer.self) }
        let sizer = HeapSizer()
        #expect(sizer.size(ofValue: holder) == before)
        #expect(sizer.unsized == 0 && before > 0)
    }
}
