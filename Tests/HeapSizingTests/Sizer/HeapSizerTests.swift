import CTrackingTestSupport
import HeapSizing
import Testing
import TrackingRecords

@Suite("Heap sizer")
struct HeapSizerTests {
    @Test("A new sizer has counted nothing")
    func nothing() {
        let sizer = HeapSizer()
        #expect(sizer.total == 0)
        #expect(sizer.unsized == 0)
        #expect(sizer.opaqueTypes.isEmpty)
    }

    @Test("The total is the sum of what was sized, and what is shared is the first one's")
    func total() {
        let badge = Badge()
        let first = Employee(text(20), badge: badge)
        let second = Employee(text(20), badge: badge)
        let sizer = HeapSizer()
        let sizes = [sizer.size(of: first), sizer.size(of: second), sizer.size(of: badge)]
        #expect(sizes[0] - sizes[1] == HeapSizer().size(of: badge))
        #expect(sizes[2] == 0)
        #expect(sizer.total == sizes.reduce(0, +))
    }

    @Test("Two sizers know nothing of each other")
    func independent() {
        let link = Link(text(20))
        let sizer = HeapSizer()
        #expect(sizer.canMeasure)
        #expect(sizer.size(of: link) == HeapSizer().size(of: link))
        #expect(sizer.size(of: link) == 0)
    }

    @Test("An excluded object is not entered, costs what it is worth later, and nothing after that")
    func excluded() {
        let inner = Link(text(30), next: Link(text(40)))
        let outer = Link(text(50), next: inner)
        let sizer = HeapSizer().excluding(inner)
        let outerSize = sizer.size(of: outer)
        let innerSize = sizer.size(of: inner)
        #expect(innerSize == HeapSizer().size(of: inner))
        #expect(outerSize == HeapSizer().size(of: outer) - innerSize)
        #expect(sizer.size(of: inner) == 0)
        #expect(sizer.size(of: outer) == 0)
        #expect(sizer.total == outerSize + innerSize)
    }

    @Test("Excluding twice is excluding once, and what was counted before cannot be excluded")
    func excludedTwice() {
        let link = Link(text(30))
        let sizer = HeapSizer().excluding(link).excluding([link, link])
        #expect(sizer.size(of: link) == HeapSizer().size(of: link))
        _ = sizer.excluding(link)
        #expect(sizer.size(of: link) == 0)
    }

    @Test("Excluding costs nothing by itself, and only what is left out is missing")
    func excludingOthers() {
        let link = Link(text(30), next: Link(text(40)))
        let sizer = HeapSizer().excluding([Twig(), Link("")] as [AnyObject])
        #expect(sizer.total == 0)
        #expect(sizer.size(of: link) == HeapSizer().size(of: link))
    }

    @Test("Many excluded objects have the same sizes in any order")
    func manyExcluded() {
        let shared = text(100)
        let links = (0..<500).map { _ in Link(shared) }
        for (link, next) in zip(links, links.dropFirst()) { link.next = next }
        let forwards = HeapSizer().excluding(links)
        let backwards = HeapSizer().excluding(links.reversed())
        let own = links.map { Int(ctt_usable_size(Unmanaged.passUnretained($0).toOpaque())) }
        let label = HeapSizer().size(ofValue: shared)
        #expect(links.map { forwards.size(of: $0) } == [own[0] + label] + own[1...])
        #expect(links.reversed().map { backwards.size(of: $0) } == [own[499] + label] + own[..<499].reversed())
        #expect(forwards.total == HeapSizer().size(of: links[0]))
    }

    @Test("What is no object any more is unsized, and the rest is counted")
    func unsized() {
        let words = UnsafeMutablePointer<UInt>.allocate(capacity: 8)
        words.initialize(repeating: 0x1234_5678, count: 8)
        defer { words.deallocate() }
        let holder = Pretender(words)
        defer { holder.forget() }
        let sizer = HeapSizer()
        let own = ctt_usable_size(Unmanaged.passUnretained(holder).toOpaque())
        #expect(isAbout(sizer.size(of: holder), own + HeapSizer().size(ofValue: text(30))))
        #expect(sizer.unsized == 1)
        let second = HeapSizer()
        let sized = second.sized(holder, resolutionLevel: 2)
        #expect(second.unsized == 1)
        #expect(sized["friend: Optional<Twig>"]?.size == 0)
        #expect(sized.addsUp)
    }

    @Test("The runtime that these tests run with is one that the library knows")
    func runtime() throws { try HeapSizer.checkRuntime() }

    @Test("An assumption about blocks holds for exactly those blocks")
    func blockAssumption() {
        let link = Link("", next: Link(""))
        let first = UInt(bitPattern: Unmanaged.passUnretained(link).toOpaque())
        let second = link.next.map { UInt(bitPattern: Unmanaged.passUnretained($0).toOpaque()) } ?? 0
        #expect(throws: Never.self) {
            try WalkCheck.run([.init("both are found", link, blocks: [first, second])]).get()
        }
        #expect(throws: HeapSizingError.assumptionFailed("expected that one is found")) {
            try WalkCheck.run([.init("one is found", link, blocks: [first])]).get()
        }
    }

    @Test("Errors say what is wrong and what can be done")
    func errors() {
        #expect(
            "\(HeapSizingError.assumptionFailed("expected that one is two"))"
                == "objects cannot be sized in this process: expected that one is two; "
                + "this version of the library was made for the runtime of Swift 6.3"
        )
        #expect(
            "\(HeapSizingError.noGuard(28))" == "objects cannot be sized in this process: "
                + "the handlers of SIGSEGV and SIGBUS could not be set (errno 28)"
        )
        #expect(
            "\(HeapSizingError.noSuchProperty("header.size", type: "App.Buffer"))"
                == "App.Buffer has no stored property header.size; memory is declared by the names of stored properties, "
                + "as in \"header.count\""
        )
    }

    @Test("Declaring memory by a property that is not there is an error that names it")
    func noSuchProperty() {
        #expect(throws: HeapSizingError.noSuchProperty("label.size", type: "HeapSizingTests.Link")) {
            try HeapSizer.register(Link.self, owning: [.block("label.size")])
        }
    }
}

/// Refers to memory that is no object.
private final class Pretender {
    private var friend: Twig?
    private let label = text(30)

    init(_ words: UnsafeMutablePointer<UInt>) {
        friend = unsafeBitCast(words, to: Twig?.self)
    }

    /// Nobody may release it.
    func forget() {
        withUnsafeMutableBytes(of: &friend) { $0.storeBytes(of: 0, as: UInt.self) }
    }
}
