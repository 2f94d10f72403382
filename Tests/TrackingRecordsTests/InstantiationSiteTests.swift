import Testing
import TrackingRecords

@Suite("Instantiation sites")
struct InstantiationSiteTests {
    private static func trace(_ id: Int, _ functions: String?...) -> InstantiationTrace {
        let frames = functions.enumerated().map { TraceFrame(address: UInt(0x1000 + $0), function: $1) }
        return InstantiationTrace(id: id, frames: frames)
    }

    private static func object(_ id: UInt64, trace: Int, isDead: Bool = false) -> TrackedObjectRecord {
        var record = TrackedObjectRecord(id: id, name: "Node", className: "Node", address: 0, birth: 0)
        record.trace = trace
        if isDead { record.death = 1 }
        return record
    }

    @Test("The place that creates an object is the caller of its initialisers")
    func siteIsTheCaller() {
        let cases: [([String?], Int)] = [
            (["Node.__allocating_init(_:)", "grow()", "main"], 1),
            (["specialized Node.__allocating_init(_:)", "Node.init(text:)", "static Node.parse(_:)"], 2),
            // The initialiser of another class is a place like any other.
            (["Node.__allocating_init(_:)", "Tree.init(depth:)", "main"], 1),
            (["swift_allocObject", "Node.__allocating_init(_:)", "grow()"], 2),
            (["grow()", "main"], 0),
            (["closure #1 in Node.init(_:)", "main"], 0),
            ([nil, "main"], 0),
            (["Node.init(_:)"], 0),
        ]
        for (functions, expected) in cases {
            let frames = functions.enumerated().map { TraceFrame(address: UInt($0), function: $1) }
            #expect(InstantiationTrace(id: 1, frames: frames).site?.address == UInt(expected), "\(functions)")
        }
        #expect(InstantiationTrace(id: 1, frames: []).site == nil)
    }

    @Test("Objects are grouped by stack, most live ones first, unknown stacks in one group")
    func objectsAreGrouped() {
        let traces = [Self.trace(1, "first()"), Self.trace(2, "second()"), Self.trace(3, "nobody()")]
        let objects =
            (0..<3).map { Self.object($0, trace: 2) } + (3..<5).map { Self.object($0, trace: 1, isDead: true) }
            + [Self.object(5, trace: 1), Self.object(6, trace: 0, isDead: true), Self.object(7, trace: 65_535)]
        let sites = InstantiationSite.grouping(objects, by: traces)
        #expect(
            sites == [
                InstantiationSite(trace: traces[1], live: 3, dead: 0),
                InstantiationSite(trace: traces[0], live: 1, dead: 2),
                InstantiationSite(trace: nil, live: 1, dead: 1),
            ]
        )
        #expect(sites.map(\.description).first == "3 live, 0 dead: second()")
        #expect(sites.map(\.description).last == "1 live, 1 dead: an unknown place")
        #expect(InstantiationSite.grouping([], by: traces).isEmpty)
    }

    @Test("A trace is printed with what is known of each call")
    func tracesArePrinted() {
        var frame = TraceFrame(address: 0x7f00a0)
        #expect(frame.description == "0x7f00a0")
        frame.image = "my-service"
        #expect(frame.description == "0x7f00a0 in my-service")
        frame.function = "Factory.populate(_:)"
        frame.file = "/src/Sources/Factory.swift"
        #expect(frame.description == "Factory.populate(_:) at Factory.swift in my-service")
        frame.line = 12
        let trace = InstantiationTrace(id: 1, frames: [frame, TraceFrame(address: 16)])
        #expect(trace.description == "#0 Factory.populate(_:) at Factory.swift:12 in my-service\n#1 0x10")
    }
}
