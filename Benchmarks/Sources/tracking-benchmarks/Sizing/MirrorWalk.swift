import CBenchmarkPeers

/// What can be had without knowing the types: `Mirror` and a set of the objects seen.
///
/// It finds objects and strings. No mirror leads to the block of an array, a dictionary or an indirect case: what it adds
/// up to is too small, which is not held against it here.
struct MirrorWalk {
    private var objects: Set<ObjectIdentifier> = []
    private var strings: Set<UInt> = []
    private(set) var bytes = 0

    /// Adds everything that `root` leads to; with a stack of its own, for a list may be deeper than the thread's.
    mutating func walk(_ root: Any) {
        var open = [root]
        while let value = open.popLast() {
            if value is Int { continue }
            if let text = value as? String {
                add(text)
                continue
            }
            if type(of: value) is AnyClass {
                let object = value as AnyObject
                guard objects.insert(ObjectIdentifier(object)).inserted else { continue }
                bytes += malloc_usable_size(Unmanaged.passUnretained(object).toOpaque())
            }
            var mirror: Mirror? = Mirror(reflecting: value)
            while let level = mirror {
                for child in level.children { open.append(child.value) }
                mirror = level.superclassMirror
            }
        }
    }

    private mutating func add(_ text: String) {
        let word = unsafeBitCast(text, to: (UInt, UInt).self).1
        guard word >> 60 == 0, strings.insert(word).inserted else { return }
        bytes += malloc_usable_size(UnsafeMutableRawPointer(bitPattern: word))
    }
}
