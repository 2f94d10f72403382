import Testing
import TrackingRecords

@Suite("Sized objects")
struct SizedObjectTests {
    private let first = SizedObject(
        name: "Node",
        size: 100,
        flat: 40,
        referents: [
            SizedObject(name: "a", size: 50, flat: 10, referents: [SizedObject(name: "x", size: 40, flat: 40)]),
            SizedObject(name: "b", size: 10, flat: 10),
        ]
    )

    @Test("Sizes are added, referents by their names, down to the last level")
    func merge() {
        var sum = first
        sum.merge(
            SizedObject(
                name: "Other",
                size: 7,
                flat: 1,
                referents: [
                    SizedObject(name: "b", size: 2, flat: 1),
                    SizedObject(name: "a", size: 4, flat: 2, referents: [SizedObject(name: "x", size: 2, flat: 1)]),
                ]
            )
        )
        #expect(
            sum
                == SizedObject(
                    name: "Node",
                    size: 107,
                    flat: 41,
                    referents: [
                        SizedObject(
                            name: "a",
                            size: 54,
                            flat: 12,
                            referents: [SizedObject(name: "x", size: 42, flat: 41)]
                        ),
                        SizedObject(name: "b", size: 12, flat: 11),
                    ]
                )
        )
    }

    @Test("Referents that only the other one has are added at the end, in its order")
    func newNames() {
        var sum = first
        sum.merge(
            SizedObject(
                name: "Node",
                size: 9,
                flat: 1,
                referents: [
                    SizedObject(name: "d", size: 3, flat: 3), SizedObject(name: "b", size: 2, flat: 2),
                    SizedObject(name: "c", size: 3, flat: 3),
                ]
            )
        )
        #expect(sum.referents.map(\.name) == ["a", "b", "d", "c"])
        #expect(sum.referents.map(\.size) == [50, 12, 3, 3])
    }

    @Test("A name that the other one has several times is added to one referent")
    func repeatedNames() {
        var sum = SizedObject(name: "Node", size: 0, flat: 0)
        let item = SizedObject(name: "item", size: 5, flat: 5)
        sum.merge(SizedObject(name: "Node", size: 15, flat: 0, referents: [item, item, item]))
        #expect(sum.referents == [SizedObject(name: "item", size: 15, flat: 15)])
    }

    @Test("Merging nothing changes nothing, and merging into nothing gives the other's sizes")
    func neutral() {
        let nothing = SizedObject(name: "Node", size: 0, flat: 0)
        var sum = first
        sum.merge(nothing)
        #expect(sum == first)
        var other = nothing
        other.merge(first)
        #expect(other == first)
    }

    @Test("A thousand merges have a thousand times the sizes and as many referents as one")
    func many() {
        var sum = first
        for _ in 1..<1000 { sum.merge(first) }
        #expect(sum.size == 100_000)
        #expect(sum.flat == 40_000)
        #expect(sum.referents.map(\.size) == [50_000, 10_000])
        #expect(sum.referents[0].referents == [SizedObject(name: "x", size: 40_000, flat: 40_000)])
    }
}
