import CBenchmarkPeers

/// What an engineer writes who needs the size of one graph and speed: it knows the types and where their fields lie,
/// touches no reference count, and keeps no set of what it has seen, beyond what the graph calls for.
enum HandWritten {
    typealias Block = UnsafeMutableRawPointer

    /// Where a class instance has its first field: behind the metadata and the reference counts.
    private static let header = 16
    /// Where a `String` has the word that refers to its storage.
    private static let storageWord = 8
    /// Where an array has its number of elements, and the elements.
    private static let arrayCount = 16
    private static let arrayElements = 32

    // MARK: The factory

    static func bytes(of factory: Factory) -> Int {
        let object = Unmanaged.passUnretained(factory).toOpaque()
        var sum = malloc_usable_size(object)
        let shared = word(object, header + storageWord)
        if let storage = stringStorage(shared) { sum += malloc_usable_size(storage) }
        guard let employees = pointer(object, header + 16) else { return sum }
        sum += malloc_usable_size(employees)
        let count = employees.load(fromByteOffset: arrayCount, as: Int.self)
        for index in 0..<count {
            guard let employee = pointer(employees, arrayElements + 8 * index) else { continue }
            sum += bytes(ofEmployee: employee, counted: shared)
        }
        return sum
    }

    /// The blocks of an employee; without the shared string if it is the last one, whose storage word is `counted`.
    @inline(__always)
    private static func bytes(ofEmployee employee: Block, counted: UInt) -> Int {
        var sum = malloc_usable_size(employee)
        if let name = stringStorage(word(employee, header + storageWord)) { sum += malloc_usable_size(name) }
        let assigned = word(employee, header + 16 + storageWord)
        if assigned != counted, let storage = stringStorage(assigned) { sum += malloc_usable_size(storage) }
        return sum
    }

    // MARK: Other shapes

    static func bytes(of list: LinkedList) -> Int {
        let object = Unmanaged.passUnretained(list).toOpaque()
        var sum = malloc_usable_size(object)
        var next = pointer(object, header)
        while let node = next {
            sum += malloc_usable_size(node)
            next = pointer(node, header)
        }
        return sum
    }

    static func bytes(of tree: Tree) -> Int {
        let isNode = unsafeBitCast(Tree.node(.leaf(0), .leaf(0)), to: UInt.self) & ~boxMask
        return bytes(ofTree: unsafeBitCast(tree, to: UInt.self), isNode: isNode)
    }

    /// What a payload with two indirect cases leaves to the box: the rest of the word is the case.
    private static let boxMask: UInt = 0x00ff_ffff_ffff_fff8

    private static func bytes(ofTree root: UInt, isNode: UInt) -> Int {
        var sum = 0
        var tree = root
        while let box = Block(bitPattern: tree & boxMask) {
            sum += malloc_usable_size(box)
            if tree & ~boxMask != isNode { break }
            sum += bytes(ofTree: word(box, header), isNode: isNode)
            tree = word(box, header + 8)
        }
        return sum
    }

    static func bytes(of numbers: [String: [Int]]) -> Int {
        let storage = unsafeBitCast(numbers, to: Block.self)
        var sum = malloc_usable_size(storage)
        guard let keys = pointer(storage, 48), let values = pointer(storage, 56) else { return sum }
        forEachOccupied(storage) { slot in
            if let key = stringStorage(word(keys, 16 * slot + storageWord)) { sum += malloc_usable_size(key) }
            if let value = pointer(values, 8 * slot) { sum += malloc_usable_size(value) }
        }
        return sum
    }

    static func bytes(of orders: [String: [String]]) -> Int {
        let storage = unsafeBitCast(orders, to: Block.self)
        var sum = malloc_usable_size(storage)
        guard let keys = pointer(storage, 48), let values = pointer(storage, 56) else { return sum }
        forEachOccupied(storage) { slot in
            if let key = stringStorage(word(keys, 16 * slot + storageWord)) { sum += malloc_usable_size(key) }
            guard let array = pointer(values, 8 * slot) else { return }
            sum += malloc_usable_size(array)
            for index in 0..<array.load(fromByteOffset: arrayCount, as: Int.self) {
                let text = word(array, arrayElements + 16 * index + storageWord)
                if let storage = stringStorage(text) { sum += malloc_usable_size(storage) }
            }
        }
        return sum
    }

    /// Calls `body` with each slot of a dictionary that holds an entry.
    ///
    /// The dictionary has 64 slots or more.
    @inline(__always)
    private static func forEachOccupied(_ storage: Block, _ body: (Int) -> Void) {
        let slots = 1 << Int(storage.load(fromByteOffset: 32, as: Int8.self))
        for group in 0..<slots / 64 {
            var occupied = word(storage, 64 + 8 * group)
            while occupied != 0 {
                body(64 * group + occupied.trailingZeroBitCount)
                occupied &= occupied - 1
            }
        }
    }

    static func bytes(of numbers: [Int]) -> Int {
        malloc_usable_size(unsafeBitCast(numbers, to: Block.self))
    }

    /// Counts each of a few objects once; for these, and no others, there is a set of 256 slots.
    static func bytes(ofReferences references: [Employee]) -> Int {
        let array = unsafeBitCast(references, to: Block.self)
        var sum = malloc_usable_size(array)
        let count = array.load(fromByteOffset: arrayCount, as: Int.self)
        withUnsafeTemporaryAllocation(of: Block?.self, capacity: 256) { seen in
            seen.initialize(repeating: nil)
            var shared: UInt = 0
            for index in 0..<count {
                guard let employee = pointer(array, arrayElements + 8 * index) else { continue }
                // Blocks of 16 bytes and more that lie close together share no slot.
                var slot = Int(UInt(bitPattern: employee) >> 4 & 255)
                while let other = seen[slot], other != employee { slot = (slot + 1) & 255 }
                guard seen[slot] == nil else { continue }
                seen[slot] = employee
                sum += bytes(ofEmployee: employee, counted: shared)
                shared = word(employee, header + 16 + storageWord)
            }
        }
        return sum
    }

    // MARK: Reading

    @inline(__always)
    private static func word(_ block: Block, _ offset: Int) -> UInt {
        block.load(fromByteOffset: offset, as: UInt.self)
    }

    @inline(__always)
    private static func pointer(_ block: Block, _ offset: Int) -> Block? {
        block.load(fromByteOffset: offset, as: Block?.self)
    }

    /// The block that a string's second word refers to: none for a short string, a literal, or `nil`.
    @inline(__always)
    private static func stringStorage(_ word: UInt) -> Block? {
        word >> 60 == 0 ? Block(bitPattern: word & 0x0fff_ffff_ffff_ffff) : nil
    }
}
