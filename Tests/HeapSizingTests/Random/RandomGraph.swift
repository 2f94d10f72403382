import TrackingTestSupport

/// A graph of objects that refer to each other in random ways, cycles among them; it is taken apart at its end.
final class RandomGraph {
    private let vertices: [RandomVertex]

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var vertices: [RandomVertex] = []
        for _ in 0..<1 + random.below(25) {
            vertices.append(
                random.below(3) == 0
                    ? RandomNamedVertex(text(random.below(40)))
                    : random.below(2) == 0 ? RandomVertex() : RandomGenericVertex([text(random.below(30))])
            )
        }
        for vertex in vertices {
            for _ in 0..<random.below(5) { vertex.refer(to: vertices[random.below(vertices.count)], &random) }
        }
        self.vertices = vertices
    }

    deinit { for vertex in vertices { vertex.takeApart() } }
}

class RandomVertex {
    private var next: RandomVertex?
    private weak var weakly: RandomVertex?
    private unowned(unsafe) var unsafely: RandomVertex?
    private var list: [RandomVertex] = []
    private var byNumber: [Int: RandomVertex?] = [:]
    private var edge = RandomEdge.none
    private var action: (() -> Int)?
    private var any: Any?

    func refer(to other: RandomVertex, _ random: inout SeededGenerator) {
        let label = text(random.below(30))
        switch random.below(11) {
        case 0: next = other
        case 1: weakly = other
        case 2: unsafely = other
        case 3: list.append(other)
        case 4: byNumber[random.below(9)] = .some(other)
        case 5: edge = .object(other)
        case 6: edge = .labelled(label, other)
        case 7: edge = .weighted(random.below(100), [other])
        case 8: action = { other.list.count + label.utf8.count }
        case 9: action = { [weak other, weak self] in (other?.list.count ?? 0) + (self?.list.count ?? 0) }
        default: any = random.below(2) == 0 ? other : (label, other, label)
        }
    }

    func takeApart() {
        next = nil
        list = []
        byNumber = [:]
        edge = .none
        action = nil
        any = nil
    }
}

final class RandomNamedVertex: RandomVertex {
    private let name: String

    init(_ name: String) { self.name = name }
}

final class RandomGenericVertex<Value>: RandomVertex {
    private let value: Value

    init(_ value: Value) { self.value = value }
}

enum RandomEdge {
    case none
    case object(RandomVertex)
    indirect case labelled(String, RandomVertex)
    case weighted(Int, [RandomVertex])
}
