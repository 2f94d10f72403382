internal import CTrackingRuntime
internal import SwiftRuntimeABI
public import TrackingRecords

/// Measures the heap memory that objects hold: every malloc block reachable through strong references, each once.
///
/// ```swift
/// let sizer = HeapSizer()
/// print(sizer.size(of: cache))      // everything that the cache holds
/// print(sizer.size(of: registry))   // what the registry holds in addition
/// print(sizer.total)
/// ```
///
/// A sizer remembers the blocks that it has counted, so that memory that two objects share counts for the first one.
/// Sizes are bytes as `malloc_usable_size` reports them. Weak and unowned references are not followed; static objects
/// have no size.
///
/// Nothing is retained and no thread is stopped. If other threads change the objects meanwhile, the size belongs to no
/// single moment, and ``unsized`` counts the objects that could not be read. A sizer is used by one thread at a time.
public final class HeapSizer {
    private var walker: Walker?
    /// Indicates whether it is used in a copy of the process, which handles faults itself.
    private var isForCopy = false

    /// Creates a sizer that has counted nothing yet.
    public init() {
        walker = (try? Self.checkRuntime()) == nil ? nil : Walker()
    }

    /// Indicates whether this sizer can measure.
    ///
    /// If it is `false`, every size is 0: ``checkRuntime()`` throws the reason, or there was no memory for the walk.
    public var canMeasure: Bool { walker != nil }

    /// The bytes of everything counted so far.
    public var total: Int { walker?.bytes ?? 0 }

    /// The number of objects that were freed or changed while they were read; their size is not in the total.
    public var unsized: Int { walker?.unsized ?? 0 }

    /// The bytes of memory that this sizer uses for itself.
    package var workingBytes: Int { walker?.workingBytes ?? 0 }

    /// The number of times that the queue overflowed, so that all visited objects had to be visited again.
    package var revisits: Int { walker?.revisits ?? 0 }

    /// The types whose contents no metadata describes: only their own blocks are counted.
    public var opaqueTypes: [String] { opaqueLayouts.map(\.name).sorted() }

    /// The same with modules and the types around them.
    package var opaqueTypePaths: [String] { opaqueLayouts.map { $0.path ?? $0.name }.sorted() }

    private var opaqueLayouts: [ObjectLayout] {
        (walker?.opaquePlans ?? [])
            .compactMap { UnsafePointer<ObjectPlan>(bitPattern: $0)?.pointee.layout?.takeUnretainedValue() }
    }

    /// Excludes objects: the walk does not enter them from other objects.
    ///
    /// Each is counted when it is sized itself.
    ///
    /// - Parameter objects: The objects to exclude.
    /// - Returns: This sizer.
    public func excluding(_ objects: some Sequence<AnyObject>) -> HeapSizer {
        for object in objects { exclude(UInt(bitPattern: Unmanaged.passUnretained(object).toOpaque())) }
        return self
    }

    /// Excludes an object: the walk does not enter it from other objects.
    ///
    /// - Parameter object: The object to exclude.
    /// - Returns: This sizer.
    public func excluding(_ object: AnyObject) -> HeapSizer { excluding(CollectionOfOne(object)) }

    package func exclude(_ address: UInt) {
        if walker?.excluded == nil { walker?.excluded = MarkBitmap() }
        guard walker?.marks.insert(address) == true else { return }
        _ = walker?.excluded?.insert(address)
    }

    /// Returns the bytes of every block reachable from an object that this sizer has not counted before.
    ///
    /// - Parameter object: The object to size.
    /// - Returns: The bytes; 0 if the object was counted before, or if ``canMeasure`` is `false`.
    public func size(of object: AnyObject) -> Int {
        ct_own_objects()
        defer { ct_end_own_objects() }
        return withExtendedLifetime(object) {
            size(ofObjectAt: UInt(bitPattern: Unmanaged.passUnretained(object).toOpaque()))
        }
    }

    /// Returns the size of an object that nothing retains for the sizer, and that may be freed meanwhile.
    package func size(ofObjectAt address: UInt) -> Int {
        walk { walker in
            if walker.excluded?.contains(address) == true {
                walker.excluded?.remove(address)
                walker.wait(address)
            } else {
                walker.reach(address)
            }
        }
    }

    /// Returns the bytes of every block reachable from a value that this sizer has not counted before.
    ///
    /// Swift opens an existential argument: the value in it is sized, without a box around it.
    ///
    /// - Parameter value: The value to size, of any type; a value stored inline, in no block of its own, has no size.
    /// - Returns: The bytes.
    public func size<Value>(ofValue value: Value) -> Int {
        ct_own_objects()
        defer { ct_end_own_objects() }
        // On an unknown runtime, the metadata is not read either.
        guard walker != nil else { return 0 }
        guard let layout = LayoutCatalog.shared.layout(of: Metadata(Value.self)) else { return 0 }
        return withExtendedLifetime(value) {
            withUnsafePointer(to: value) { pointer in
                walk { $0.runRoot(UnsafePointer(layout.program), at: UInt(bitPattern: pointer)) }
            }
        }
    }

    private func walk(_ start: (inout Walker) -> Void) -> Int {
        let before = total
        withGuardedWalker { walker in
            start(&walker)
            walker.drain()
        }
        return total - before
    }

    func withGuardedWalker(_ body: (inout Walker) -> Void) {
        if isForCopy {
            guard var current = walker.take() else { return }
            body(&current)
            current.readable.forget()
            walker = consume current
            return
        }
        var guarded = ct_guard()
        // Moved out of the property, because each access through an object is checked for exclusivity.
        guard walker != nil, ct_guard_enter(&guarded) == 0, var current = walker.take() else { return }
        current.isUnguarded = false
        // The host may have opened a library since the last walk.
        if !current.images.areCurrent {
            current.images.deallocate()
            current.code.deallocate()
            current.images = ImageRanges()
            current.code = ImageRanges(withCodeOnly: true)
            current.forgetLost()
        }
        body(&current)
        current.readable.forget()
        walker = consume current
        ct_guard_leave(&guarded)
    }

    /// Returns the size of an object with its referents by name.
    ///
    /// Referents are named by stored property and type, `employees: Array<Employee>`, by index, `[3]`, and all entries
    /// of a dictionary together as `key` and `value`. The first thousand elements of an array are listed.
    ///
    /// - Parameters:
    ///   - object: The object to size.
    ///   - resolutionLevel: The number of levels of referents that are listed; 0 for none.
    /// - Returns: The sizes, beyond what this sizer has counted before.
    public func sized(_ object: AnyObject, resolutionLevel: Int) -> SizedObject {
        ct_own_objects()
        defer { ct_end_own_objects() }
        return withExtendedLifetime(object) {
            sized(
                objectAt: UInt(bitPattern: Unmanaged.passUnretained(object).toOpaque()),
                name: _typeName(type(of: object), qualified: false),
                resolutionLevel: resolutionLevel
            )
        }
    }

    /// Returns the size, with referents, of an object that nothing retains for the sizer, and that may be freed
    /// meanwhile.
    ///
    /// - Parameters:
    ///   - address: The object's address.
    ///   - name: The object's name in the result.
    ///   - resolutionLevel: The number of levels of referents in the result.
    ///   - isMarked: Whether `mark` has marked it, so that it has not been counted yet although it is marked.
    /// - Returns: The size, 0 if the object has been counted already.
    package func sized(
        objectAt address: UInt,
        name: String,
        resolutionLevel: Int,
        isMarked: Bool = false
    ) -> SizedObject {
        var tree = ReferentTree()
        guard tree.reset() else { return SizedObject(name: name, size: 0, flat: 0) }
        _ = size(
            objectAt: address,
            resolutionLevel: resolutionLevel,
            isMarked: isMarked,
            as: 0,
            isSum: false,
            in: &tree
        )
        guard let place = tree.places(in: ReferentTree.objects).first else {
            return SizedObject(name: name, size: 0, flat: 0)
        }
        return tree.sized(place.node, name: name)
    }

    /// Adds the size of an object with its referents to a tree.
    ///
    /// - Parameters:
    ///   - address: The object's address.
    ///   - resolutionLevel: The number of levels of referents in the tree.
    ///   - isMarked: Whether `mark` has marked it, so that it has not been counted yet although it is marked.
    ///   - number: The number of the object in the tree, or of the sum to which it is added.
    ///   - isSum: Whether `number` is that of a sum.
    ///   - tree: The tree.
    /// - Returns: The bytes, 0 if the object has been counted already.
    package func size(
        objectAt address: UInt,
        resolutionLevel: Int,
        isMarked: Bool,
        as number: Int,
        isSum: Bool,
        in tree: inout ReferentTree
    ) -> Int {
        let before = total
        withGuardedWalker { walker in
            if !isMarked {
                if walker.excluded?.contains(address) == true {
                    walker.excluded?.remove(address)
                } else if !walker.marks.insert(address) {
                    return
                }
            }
            var reader = ReferentReader(consume walker, exchange(&tree, with: ReferentTree()))
            let node = reader.place(of: number, isSum: isSum)
            reader.addObject(at: address, levels: resolutionLevel, to: node)
            walker = reader.finish(&tree)
        }
        return total - before
    }

    /// Declares memory that the values of a type own beyond what its stored properties show.
    ///
    /// It applies to types that have not been sized yet in this process.
    ///
    /// - Parameters:
    ///   - type: The type.
    ///   - owned: The memory that each of its values owns.
    /// - Throws: ``HeapSizingError/noSuchProperty(_:type:)``.
    public static func register(_ type: Any.Type, owning owned: [OwnedMemory]) throws(HeapSizingError) {
        try LayoutCatalog.shared.declare(owned, for: Metadata(type))
    }

    /// Declares memory that the values of all types with a name own; generic types are given by their unbound name.
    ///
    /// - Parameters:
    ///   - name: The name with its module: `NIOCore.ByteBuffer._Storage`.
    ///   - owned: The memory that each value owns.
    public static func register(typeNamed name: String, owning owned: [OwnedMemory]) {
        LayoutCatalog.shared.declare(owned, forTypesNamed: name)
    }

    /// Prepares the sizer for a copy of the process: from now on it reads no new layouts, takes no locks and does not
    /// use malloc.
    ///
    /// - Parameter classes: The metadata of classes whose instances it will size, or 0.
    /// - Returns: `false` if there is no memory, or the allocator is not glibc's and would have to be asked.
    package func prepareForCopy(_ classes: [UInt]) -> Bool {
        guard Self.canSizeCopies, walker != nil else { return false }
        var isReady = false
        withGuardedWalker { walker in
            for isa in classes where isa != 0 { _ = LayoutCatalog.shared.objectLayout(of: Metadata(isa)) }
            isReady = LayoutCatalog.shared.teach(&walker)
            walker.isLearning = false
        }
        isForCopy = isReady
        return isReady
    }

    /// Indicates whether block sizes can be read without calling the allocator.
    ///
    /// Another allocator than glibc's would have to be called, and may then wait for its own locks; so may a
    /// sanitizer's.
    package static var canSizeCopies: Bool { hasGlibcBlocks }

    /// The number of times that a prepared sizer met an unknown type; the memory behind it is not counted.
    package var unknownTypes: Int { walker?.unknownTypes ?? 0 }

    /// Checks, once in a process, that the runtime and the allocator have the layouts that this library knows.
    ///
    /// - Throws: ``HeapSizingError/assumptionFailed(_:)`` with the first wrong assumption;
    ///   ``HeapSizingError/allocator(_:)`` if the allocator must not be asked.
    public static func checkRuntime() throws(HeapSizingError) {
        if let refusal = AllocatorCheck.refusal { throw refusal }
        try WalkCheck.result.get()
    }
}
