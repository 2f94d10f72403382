import CBenchmarkPeers

/// What can be had without knowing the types: `Mirror` and a set of the objects seen.
///
/// It finds objects and strings. No mirror leads to the block of an array, a dictionary or an indirect case: what it adds
/// up to is too small, which is not held against it here.
struct MirrorWalk {
    private var objects: Set<UInt> = []
    private var strings: Set<UInt> = []
    private(set) var bytes = 0
    /// Values looked at, of any type.
    private(set) var values = 0

    /// What lies too deep for the stack and has to wait.
    private var open: [Any] = []
    private static let greatestDepth = 500

    /// Adds everything that `root` leads to.
    mutating func walk(_ root: Any) {
        visit(root, depth: 0)
        while let value = open.popLast() { visit(value, depth: 0) }
    }

    private mutating func visit(_ value: Any, depth: Int) {
        values += 1
        // Types are compared before anything is cast: a cast that fails takes longer than all the rest.
        let type = type(of: value)
        if type == Int.self { return }
        if type == String.self || type == String?.self {
            if let text = value as? String { add(text) }
            return
        }
        if type is AnyClass {
            // An instance lies in an `Any` as the reference that it is.
            let object = withUnsafeBytes(of: value) { $0.load(as: UInt.self) }
            guard objects.insert(object).inserted else { return }
            bytes += malloc_usable_size(UnsafeMutableRawPointer(bitPattern: object))
        }
        var mirror: Mirror? = Mirror(reflecting: value)
        while let level = mirror {
            for child in level.children {
                if depth < Self.greatestDepth {
                    visit(child.value, depth: depth + 1)
                } else {
                    open.append(child.value)
                }
            }
            mirror = level.superclassMirror
        }
    }

    private mutating func add(_ text: String) {
        let word = unsafeBitCast(text, to: (UInt, UInt).self).1
        guard word >> 60 == 0, strings.insert(word).inserted else { return }
        bytes += malloc_usable_size(UnsafeMutableRawPointer(bitPattern: word))
    }
}
