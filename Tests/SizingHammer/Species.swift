import HeapSizing
import Synchronization

// What the graphs are made of: all that the sizer has a way to read.

class Counted: Hashable, @unchecked Sendable {
    let number: Int

    init(_ number: Int) {
        self.number = number
        Census.noteBirth()
    }

    deinit { Census.noteDeath() }

    /// Adds up what this holds beyond its own block.
    func addReferents(to sum: inout HandSum) {}

    static func == (left: Counted, right: Counted) -> Bool { left === right }
    func hash(into hasher: inout Hasher) { hasher.combine(number) }
}

protocol Thing {
    var weight: Int { get }
    func add(to sum: inout HandSum)
    static var isBoxed: Bool { get }
}

/// Fits into an existential's own words.
struct SmallThing: Thing {
    static let isBoxed = false
    var counted: Counted
    var weight: Int { counted.number }
    func add(to sum: inout HandSum) { sum.add(counted) }
}

/// Stands in a box.
struct LargeThing: Thing {
    static let isBoxed = true
    var first: Counted
    var text: String
    var list: [Counted]
    var weight: Int { first.number + list.count }
    func add(to sum: inout HandSum) {
        sum.add(first)
        sum.add(text)
        sum.add(list)
    }
}

enum Shape {
    case none
    case one(Counted)
    case many([Counted])
    case text(String)
    case pair(Counted, String)
    case number(Int)
}

indirect enum Tree {
    case empty
    case leaf(Counted)
    case node(Tree, Tree)
    case labelled(String, Tree)
}

struct Failure: Error {
    var cause: Counted
    var text: String
}

/// Everything at once, and all of it replaced again and again.
final class Branch: Counted, @unchecked Sendable {
    var children: [Counted] = []
    var byName: [String: Counted] = [:]
    var members: Set<Counted> = []
    var text = ""
    var maybe: Counted?
    var thing: (any Thing)?
    var anything: Any?
    var shape = Shape.none
    var tree = Tree.empty
    var tuples: [(Int, String?, any Thing)] = []
    var shapes: [Shape] = []
    var nested: [Int: [String]] = [:]
    var error: (any Error)?
    var action: (() -> Int)?
    var context: Context?
    var numbers: [Int] = []
    weak var back: Counted?

    override func addReferents(to sum: inout HandSum) { addContents(to: &sum) }

    /// What the action holds, for the sum by hand.
    enum Context {
        case counted(Counted)
        case countedAndText(Counted, String)
    }
}

final class Generic<Element>: Counted, @unchecked Sendable {
    var elements: [Element] = []
    var optional: Element?

    override func addReferents(to sum: inout HandSum) {
        if let optional { sum.add(optional as Any) }
        guard sum.addStorage(elements, capacity: elements.capacity) else { return }
        for element in elements { sum.add(element as Any) }
    }
}

/// State behind a lock whose type the compiler hides.
final class Locked: Counted, @unchecked Sendable {
    let state = Mutex<[String: Counted]>([:])

    override func addReferents(to sum: inout HandSum) {
        state.withLock { state in
            guard sum.addStorage(state, capacity: state.capacity) else { return }
            for (name, counted) in state {
                sum.add(name)
                sum.add(counted)
            }
        }
    }
}

/// Memory behind a raw pointer.
final class Raw: Counted, MemoryOwning, @unchecked Sendable {
    static let ownedMemory: [OwnedMemory] = [.elements("base", count: "used", of: Counted.self), .block("bytes")]

    private(set) var base: UnsafeMutablePointer<Counted>
    private(set) var used = 0
    private var capacity = 4
    private(set) var bytes = UnsafeMutableRawPointer.allocate(byteCount: 100, alignment: 16)

    override init(_ number: Int) {
        base = .allocate(capacity: capacity)
        super.init(number)
    }

    deinit {
        base.deinitialize(count: used)
        base.deallocate()
        bytes.deallocate()
    }

    func append(_ counted: Counted) {
        if used == capacity {
            let larger = UnsafeMutablePointer<Counted>.allocate(capacity: capacity * 2)
            larger.moveInitialize(from: base, count: used)
            base.deallocate()
            base = larger
            capacity *= 2
        }
        (base + used).initialize(to: counted)
        used += 1
    }

    func removeLast() -> Counted? {
        guard used > 0 else { return nil }
        used -= 1
        return (base + used).move()
    }

    func replaceBytes(_ count: Int) {
        bytes.deallocate()
        bytes = .allocate(byteCount: count, alignment: 16)
    }

    override func addReferents(to sum: inout HandSum) {
        if sum.addBlock(UInt(bitPattern: base)) { for index in 0..<used { sum.add(base[index]) } }
        _ = sum.addBlock(UInt(bitPattern: bytes))
    }
}

final class Buffer: ManagedBuffer<Buffer.Header, Counted> {
    struct Header {
        var count = 0
        let token: Counted
    }

    static func make(capacity: Int, _ token: Counted) -> Buffer {
        let made = create(minimumCapacity: capacity) { _ in Header(token: token) }
        return unsafeDowncast(made, to: Buffer.self)
    }

    deinit { _ = withUnsafeMutablePointers { $1.deinitialize(count: $0.pointee.count) } }

    func append(_ counted: Counted, capacity: Int) {
        withUnsafeMutablePointers { header, elements in
            guard header.pointee.count < capacity else { return }
            (elements + header.pointee.count).initialize(to: counted)
            header.pointee.count += 1
        }
    }

    func removeLast() -> Counted? {
        withUnsafeMutablePointers { header, elements in
            guard header.pointee.count > 0 else { return nil }
            header.pointee.count -= 1
            return (elements + header.pointee.count).move()
        }
    }
}

final class BufferOwner: Counted, @unchecked Sendable {
    static let capacity = 24
    let buffer: Buffer

    init(_ number: Int, _ token: Counted) {
        buffer = .make(capacity: Self.capacity, token)
        super.init(number)
    }

    override func addReferents(to sum: inout HandSum) {
        guard sum.addBlock(address(of: buffer)) else { return }
        sum.add(buffer.header.token)
        buffer.withUnsafeMutablePointers { for index in 0..<$0.pointee.count { sum.add($1[index]) } }
    }
}

/// A cycle, which its owner cuts.
final class Link: Counted, @unchecked Sendable {
    var next: Link?
    let text: String

    init(_ number: Int, _ text: String) {
        self.text = text
        super.init(number)
    }

    override func addReferents(to sum: inout HandSum) {
        sum.add(text)
        if let next { sum.add(next) }
    }
}

final class CycleOwner: Counted, @unchecked Sendable {
    private let first: Link

    init(_ number: Int, links: Int) {
        first = Link(number, "the first of a cycle of \(links)")
        var last = first
        for index in 1...links {
            let link = Link(index, "number \(index) of a cycle of \(links)")
            last.next = link
            last = link
        }
        last.next = first
        super.init(number)
    }

    deinit { first.next = nil }

    override func addReferents(to sum: inout HandSum) { sum.add(first) }
}

actor Desk {
    let token: Counted
    let papers: [Counted]

    init(_ token: Counted, _ papers: [Counted]) {
        self.token = token
        self.papers = papers
    }
}

final class DeskOwner: Counted, @unchecked Sendable {
    var desk: Desk

    init(_ number: Int, _ token: Counted, _ papers: [Counted]) {
        desk = Desk(token, papers)
        super.init(number)
    }

    override func addReferents(to sum: inout HandSum) {
        guard sum.addBlock(address(of: desk)) else { return }
        sum.add(desk.token)
        sum.add(desk.papers)
    }
}

func address(of object: AnyObject) -> UInt { UInt(bitPattern: Unmanaged.passUnretained(object).toOpaque()) }
