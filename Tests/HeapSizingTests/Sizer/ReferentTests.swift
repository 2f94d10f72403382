import CTrackingTestSupport
import HeapSizing
import Testing
import TrackingRecords

@Suite("Referents of a sized object")
struct ReferentTests {
    private let owner = Twig()

    @Test(
        "The size at any level is the size without, and what is listed adds up to it",
        arguments: [-1, 0, 1, 2, 3, 9]
    )
    func sameSize(_ level: Int) {
        let everything = Everything(owner: owner)
        let sizer = HeapSizer()
        let sized = sizer.sized(everything, resolutionLevel: level)
        #expect(sized.size == HeapSizer().size(of: everything))
        #expect(sizer.total == sized.size)
        #expect(sizer.unsized == 0)
        #expect(sized.addsUp)
        #expect(sized.depth <= max(0, level) + 1)
        #expect(sized.name == "Everything")
    }

    @Test("The flat size is that of the object's own block, at every level", arguments: 0...2)
    func flat(_ level: Int) {
        let link = Link(text(40), next: Link(""))
        let own = ctt_usable_size(Unmanaged.passUnretained(link).toOpaque())
        #expect(HeapSizer().sized(link, resolutionLevel: level).flat == own)
    }

    @Test("A side table is part of what its object has in itself, at every level", arguments: 0...2)
    func sideTable(_ level: Int) {
        let link = Link(text(40))
        let before = HeapSizer().sized(link, resolutionLevel: level)
        weak let observer = link
        let after = HeapSizer().sized(link, resolutionLevel: level)
        #expect(after.flat > before.flat)
        #expect(after.flat - before.flat == after.size - before.size)
        #expect(observer === link)
    }

    @Test("At level 0 nothing is listed, at level 1 every stored property that can hold something")
    func firstLevel() {
        let everything = Everything(owner: owner)
        #expect(HeapSizer().sized(everything, resolutionLevel: 0).referents.isEmpty)
        let names = HeapSizer().sized(everything, resolutionLevel: 1).referents.map(\.name)
        #expect(
            names == [
                "optional: Optional<Twig>", "missing: Optional<Twig>", "pair: DrawerPair", "single: Wrap<Twig>",
                "inline: String", "texts: Array<String>", "ages: Dictionary<String, Array<Int>>",
                "names: Set<String>", "payload: Either<Twig, Array<Twig>>", "neither: Either<Twig, Array<Twig>>",
                "large: Marked", "inlined: Marked", "small: Marked", "anything: Any", "action: () -> Int",
                "keeper: Keeper<String>",
                "tuple: (first: Twig, String)", "list: List<String>", "inlineArray: InlineArray<2, Twig>",
                "error: Error", "late: Optional<String>", "_level: Clamped<Array<Int>>",
            ]
        )
    }

    @Test("Parts of values, entries and captures are named at the second level")
    func secondLevel() {
        let sized = HeapSizer().sized(Everything(owner: owner), resolutionLevel: 2)
        func names(_ name: String) -> [String]? { sized[name]?.referents.map(\.name) }
        #expect(names("pair: DrawerPair") == ["left: Twig", "right: String"])
        #expect(names("texts: Array<String>") == ["[0]", "[1]", "[2]"])
        #expect(names("ages: Dictionary<String, Array<Int>>") == ["key", "value"])
        #expect(names("names: Set<String>") == ["element"])
        #expect(names("payload: Either<Twig, Array<Twig>>") == ["[0]", "[1]"])
        #expect(names("neither: Either<Twig, Array<Twig>>") == [])
        #expect(names("anything: Any") == [".0: Twig", ".1: String"])
        #expect(names("large: Marked") == ["value: (Twig, String, Int)"])
        #expect(names("inlined: Marked") == ["left: Twig", "right: String"])
        #expect(names("small: Marked") == [])
        #expect(names("action: () -> Int") == ["capture 0: Twig", "capture 1: String"])
        #expect(names("keeper: Keeper<String>") == ["value: String", "label: String"])
        #expect(names("tuple: (first: Twig, String)") == ["first: Twig", ".1: String"])
        #expect(names("list: List<String>") == [".0: String", ".1: List<String>"])
        #expect(names("inlineArray: InlineArray<2, Twig>") == ["[0]", "[1]"])
        #expect(names("error: Error") == ["error: WrapError<Array<Twig>>"])
    }

    @Test("Each property has the bytes of what it holds")
    func bytes() {
        let sized = HeapSizer().sized(Everything(owner: owner), resolutionLevel: 2)
        let twig = HeapSizer().size(of: Twig())
        #expect(isAbout(sized["optional: Optional<Twig>"]?.size, twig))
        #expect(sized["missing: Optional<Twig>"]?.size == 0)
        #expect(sized["inline: String"]?.size == 0)
        #expect(sized["pair: DrawerPair"]?.flat == 0)
        #expect(isAbout(sized["pair: DrawerPair", "left: Twig"]?.size, twig))
        #expect(isAbout(sized["pair: DrawerPair", "right: String"]?.size, HeapSizer().size(ofValue: text(30))))
        #expect(sized["texts: Array<String>", "[1]"]?.size == 0)
        #expect(isAbout(sized["texts: Array<String>", "[2]"]?.size, HeapSizer().size(ofValue: text(60))))
        #expect(
            isAbout(sized["ages: Dictionary<String, Array<Int>>", "key"]?.size, HeapSizer().size(ofValue: text(30)))
        )
        let ages = HeapSizer().size(ofValue: [opaque(1)]) + HeapSizer().size(ofValue: [opaque(2), opaque(3)])
        #expect(isAbout(sized["ages: Dictionary<String, Array<Int>>", "value"]?.size, ages, blocks: 2))
        #expect(isAbout(sized["action: () -> Int", "capture 1: String"]?.size, HeapSizer().size(ofValue: text(45))))
        #expect(isAbout(sized["late: Optional<String>"]?.size, HeapSizer().size(ofValue: text(70))))
    }

    @Test("What two share belongs to the first one that is listed")
    func shared() throws {
        let badge = Badge()
        let company = Company()
        company.employees = [Employee(text(20), badge: badge), Employee(text(20), badge: badge)]
        let sized = HeapSizer().sized(company, resolutionLevel: 3)
        let first = try #require(sized["employees: Array<Employee>", "[0]"])
        let second = try #require(sized["employees: Array<Employee>", "[1]"])
        #expect(first["badge: Badge"]?.size == HeapSizer().size(of: badge))
        #expect(second["badge: Badge"] == SizedObject(name: "badge: Badge", size: 0, flat: 0))
        #expect(first.size - second.size == HeapSizer().size(of: badge))
        #expect(sized.addsUp)
    }

    @Test("Inherited properties come first, and the name is that of the object's own class")
    func subclass() {
        let company: Company = Subsidiary()
        let sized = HeapSizer().sized(company, resolutionLevel: 1)
        #expect(sized.name == "Subsidiary")
        #expect(sized.referents.map(\.name) == ["employees: Array<Employee>", "motto: String"])
    }

    @Test("Objects in a ring are listed once")
    func ring() {
        let first = Link(text(20))
        let second = Link(text(20), next: first)
        first.next = second
        defer { first.next = nil }
        let next = "next: Optional<Link>"
        let sized = HeapSizer().sized(first, resolutionLevel: 8)
        #expect(sized[next]?.flat == HeapSizer().sized(second, resolutionLevel: 0).flat)
        #expect(sized[next, next] == SizedObject(name: next, size: 0, flat: 0))
        #expect(sized.addsUp)
        #expect(sized.size == HeapSizer().size(of: first))
    }

    @Test("Of a long array a thousand elements are listed, and the rest as one", arguments: [999, 1000, 1001, 2500])
    func longArray(_ count: Int) {
        let box = Box((0..<count).map { text(20 + $0 % 7) })
        let sized = HeapSizer().sized(box, resolutionLevel: 2)
        let elements = sized.referents[0].referents
        #expect(elements.count == min(count, 1001))
        #expect(elements[999 % count].name == "[\(999 % count)]")
        #expect((elements.last?.name == "[1000...]") == (count > 1000))
        #expect(sized.addsUp)
        #expect(sized.size == HeapSizer().size(of: box))
        if count > 1000 {
            #expect(elements.last?.size == box.value[1000...].reduce(0) { $0 + HeapSizer().size(ofValue: $1) })
        }
    }

    @Test("An excluded object is listed without bytes, and has them when it is sized itself")
    func excluded() {
        let badge = Badge()
        let employee = Employee(text(20), badge: badge)
        let sizer = HeapSizer().excluding(badge)
        let sized = sizer.sized(employee, resolutionLevel: 2)
        #expect(sized["badge: Badge"] == SizedObject(name: "badge: Badge", size: 0, flat: 0))
        #expect(sized.addsUp)
        let own = sizer.sized(badge, resolutionLevel: 1)
        #expect(own.size == HeapSizer().size(of: badge))
        #expect(sized.size + own.size == HeapSizer().size(of: employee))
        #expect(sizer.sized(badge, resolutionLevel: 1).size == 0)
    }

    @Test("An object that was counted before has no size and no referents")
    func again() {
        let link = Link(text(20))
        let sizer = HeapSizer()
        _ = sizer.size(of: link)
        #expect(sizer.sized(link, resolutionLevel: 2) == SizedObject(name: "Link", size: 0, flat: 0))
    }

    @Test("The elements behind a header are listed where their number is known, and summed up where it is not")
    func tails() {
        let known = Tail.filled(capacity: 5, [Twig(), Twig()])
        let sized = HeapSizer().sized(known, resolutionLevel: 1)
        #expect(sized.referents.map(\.name) == ["header: (label: String, count: Int)", "[0]", "[1]"])
        #expect(sized.addsUp)
        #expect(sized.size == HeapSizer().size(of: known))
        let unknown = PointedTwigs.filled([Twig(), Twig(), Twig()])
        let sum = HeapSizer().sized(unknown, resolutionLevel: 1)
        #expect(sum.referents.map(\.name) == ["contents"])
        // What was left behind in the rest of the block may look like more of them.
        #expect(sum["contents"]?.size ?? 0 >= 3 * 24)
        #expect(sum.size == HeapSizer().size(of: unknown))
    }

    @Test("Memory that a class declares to own is a referent of that name, with the block as its flat size")
    func owned() throws {
        let bookcase = Bookcase([text(20), text(50)])
        let sized = HeapSizer().sized(bookcase, resolutionLevel: 1)
        let books = try #require(sized["books"])
        #expect(books.flat == ctt_usable_size(bookcase.books))
        let texts = HeapSizer().size(ofValue: text(20)) + HeapSizer().size(ofValue: text(50))
        #expect(isAbout(books.size, books.flat + texts, blocks: 2))
        #expect(sized.addsUp)
        #expect(sized.size == HeapSizer().size(of: bookcase))
    }

    @Test("Listing the same again takes no more memory")
    func repeated() {
        let bookcases = Box((0..<10).map { _ in Bookcase([text(20)]) })
        for _ in 0..<2 { _ = HeapSizer().sized(bookcases, resolutionLevel: 5) }
        let before = ctt_thread_live_bytes()
        for _ in 0..<20 { _ = HeapSizer().sized(bookcases, resolutionLevel: 5) }
        #expect(ctt_thread_live_bytes() == before)
    }

    @Test("A level beyond all bounds lists what there is room for, down a long list and a long indirect enum")
    func bottomless() {
        var first = Link("")
        for _ in 0..<20_000 { first = Link("", next: first) }
        let sized = HeapSizer().sized(first, resolutionLevel: .max)
        #expect(sized.depth > 30)
        #expect(sized.size == HeapSizer().size(of: first))
        #expect(sized.addsUp)
        while let next = first.next { first = next }

        var list = List<Int>.end
        for number in 0..<20_000 { list = .node(number, list) }
        let box = Box(list)
        let boxed = HeapSizer().sized(box, resolutionLevel: .max)
        #expect(boxed.depth > 30)
        #expect(boxed.size == HeapSizer().size(of: box))
        #expect(boxed.addsUp)
        box.value = .end
        while case .node(_, let next) = list { list = next }
    }
}

/// Elements of which only a pointer tells how many there are.
final class PointedTwigs: ManagedBuffer<Int, Twig> {
    static func filled(_ twigs: [Twig]) -> AnyObject {
        let buffer = create(minimumCapacity: 4) { _ in -1 }
        buffer.withUnsafeMutablePointerToElements { pointer in
            for (index, twig) in twigs.enumerated() { (pointer + index).initialize(to: twig) }
        }
        return buffer
    }
}

final class Bookcase: MemoryOwning {
    static let ownedMemory: [OwnedMemory] = [.elements("books", count: "count", of: String.self)]

    let books: UnsafeMutablePointer<String>
    private let count: Int

    init(_ titles: [String]) {
        count = titles.count
        books = .allocate(capacity: 8)
        for (index, title) in titles.enumerated() { (books + index).initialize(to: title) }
    }

    deinit {
        books.deinitialize(count: count)
        books.deallocate()
    }
}

/// The size of blocks like others: malloc gives one 16 bytes more where nothing could be made of the rest.
func isAbout(_ size: Int?, _ expected: Int, blocks: Int = 1) -> Bool {
    size.map { abs($0 - expected) <= 16 * blocks } ?? false
}
