final class Weakly<Target: AnyObject> {
    weak var target: Target?
    let name = text(20)

    init(_ target: Target?) { self.target = target }
}

final class WeakExistential {
    weak var target: (any Crowned & Sounding)?
    let name = text(20)

    init(_ target: (any Crowned & Sounding)?) { self.target = target }
}

struct WeakStruct {
    weak var target: Twig?

    init(_ target: Twig?) { self.target = target }
}

struct WeakWide {
    var leaf = Twig()
    weak var target: Twig?
    var name = text(20)
    weak var other: (any Crowned)?
    var array = [text(40)]

    init(_ target: Twig?) {
        self.target = target
        other = target
    }
}

final class Unowned {
    unowned let target: Twig
    let name = text(20)

    init(_ target: Twig) { self.target = target }
}

final class UnownedOptional {
    unowned let target: Twig?
    unowned let nobody: Twig?
    let name = text(20)

    init(_ target: Twig) {
        self.target = target
        nobody = nil
    }
}

final class UnownedExistential {
    unowned let target: any Crowned
    let name = text(20)

    init(_ target: any Crowned) { self.target = target }
}

final class UnownedUnsafe {
    unowned(unsafe) let target: Twig
    let name = text(20)

    init(_ target: Twig) { self.target = target }
}

/// An object with pointers to memory that it does not own.
final class Pointing {
    let pointer: UnsafeRawPointer
    let opaquePointer: OpaquePointer?
    let name = text(20)

    init(_ target: Twig) {
        pointer = UnsafeRawPointer(Unmanaged.passUnretained(target).toOpaque())
        opaquePointer = OpaquePointer(pointer)
    }
}

class LooseBase {
    unowned let first: Twig
    weak var second: Twig?
    let name = text(20)

    init(_ target: Twig) {
        first = target
        second = target
    }
}

final class Loose: LooseBase {
    weak var third: Twig?
    let leaf = Twig()

    override init(_ target: Twig) {
        third = target
        super.init(target)
    }
}

final class Vertex {
    var edges: [Vertex] = []
    let name = text(17)
}

/// Holds a graph with cycles and takes it apart in the end.
final class Breaking {
    private let nodes: [Vertex]

    init(_ nodes: [Vertex]) { self.nodes = nodes }

    deinit { for node in nodes { node.edges = [] } }
}

func ring(_ count: Int) -> [Vertex] {
    let nodes = (0..<opaque(count)).map { _ in Vertex() }
    for index in nodes.indices { nodes[index].edges = [nodes[(index + 1) % nodes.count]] }
    return nodes
}

func chain(_ count: Int) -> [Vertex] {
    let nodes = (0..<opaque(count)).map { _ in Vertex() }
    for (node, next) in zip(nodes, nodes.dropFirst()) { node.edges = [next] }
    return nodes
}

func complete(_ count: Int) -> [Vertex] {
    let nodes = (0..<opaque(count)).map { _ in Vertex() }
    for node in nodes { node.edges = nodes }
    return nodes
}

final class Parent {
    private unowned var parent: Parent?
    private var children: [Parent] = []

    init(depth: Int) {
        guard depth > 0 else { return }
        children = [Parent(depth: depth - 1), Parent(depth: depth - 1)]
        for child in children { child.parent = self }
    }
}

final class WeakParent {
    private weak var parent: WeakParent?
    private var children: [String: WeakParent] = [:]

    init(depth: Int) {
        guard depth > 0 else { return }
        children = [text(20): WeakParent(depth: depth - 1), "b": WeakParent(depth: depth - 1)]
        for child in children.values { child.parent = self }
    }
}

final class BreakingClosure {
    private final class Inner {
        var action: (() -> Int)?
        let name = text(20)
    }

    private let inner = Inner()

    init() {
        let inner = inner
        let extra = text(30)
        inner.action = { inner.name.count + extra.count }
    }

    deinit { inner.action = nil }
}

final class BreakingCollections {
    private final class Inner {
        var byName: [String: Any] = [:]
        var list: [Inner?] = []
    }

    private let inner = Inner()

    init() {
        inner.list = [inner, nil, Inner()]
        inner.byName = [text(20): inner, "list": [inner, Twig()] as [AnyObject]]
    }

    deinit {
        inner.list = []
        inner.byName = [:]
    }
}
