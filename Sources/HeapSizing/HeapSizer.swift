internal import CTrackingRuntime
public import TrackingRecords

/// Measures the heap that objects hold: every malloc block reachable through strong references, each once.
///
/// ```swift
/// let sizer = HeapSizer()
/// print(sizer.size(of: cache))      // all that the cache holds
/// print(sizer.size(of: registry))   // what the registry holds beyond that
/// print(sizer.total)
/// ```
///
/// A sizer remembers what it has counted, so that what two objects share goes to the first one. Sizes are bytes as
/// `malloc_usable_size` tells them. Weak and unowned references are not followed; static objects cost nothing.
///
/// Nothing is retained and no thread is stopped. Where others change the objects meanwhile, the size is that of no one
/// moment, and objects that could not be read are told by ``unsized``. A sizer itself belongs to one thread at a time.
public final class HeapSizer {
    private var walker: Walker?
    /// Whether it is used in a copy of the process, which has seen to faults itself.
    private var isForCopy = false

    /// Makes a sizer that has counted nothing yet.
    public init() {
        walker = (try? Self.checkRuntime()) == nil ? nil : Walker()
    }

    /// Indicates whether this sizer can measure.
    ///
    /// If it is `false`, every size is 0: ``checkRuntime()`` throws the reason, or there was no memory for the walk.
    public var canMeasure: Bool { walker != nil }

    /// Bytes of everything counted so far.
    public var total: Int { walker?.bytes ?? 0 }

    /// Objects that were freed or changed while they were read, so that their size is not in the total.
    public var unsized: Int { walker?.unsized ?? 0 }

    /// Bytes of memory that this sizer uses for itself.
    public var workingBytes: Int { walker?.workingBytes ?? 0 }

    /// How often more waited than there is room for, so that everything met had to be visited again.
    package var revisits: Int { walker?.revisits ?? 0 }

    /// The types of objects whose contents no metadata describes: only their own blocks are counted.
    public var opaqueTypes: [String] {
        (walker?.opaquePlans ?? [])
            .compactMap { plan in
                UnsafePointer<ObjectPlan>(bitPattern: plan)?.pointee.layout?.takeUnretainedValue().name
            }
            .sorted()
    }

    /// Leaves objects out: where another object refers to one of them, it is not entered.
    ///
    /// Each is counted when it is sized itself.
    ///
    /// - Parameter objects: The objects to leave out.
    /// - Returns: This sizer.
    public func excluding(_ objects: some Sequence<AnyObject>) -> HeapSizer {
        for object in objects { exclude(UInt(bitPattern: Unmanaged.passUnretained(object).toOpaque())) }
        return self
    }

    /// Leaves an object out: where another object refers to it, it is not entered.
    ///
    /// - Parameter object: The object to leave out.
    /// - Returns: This sizer.
    public func excluding(_ object: AnyObject) -> HeapSizer { excluding(CollectionOfOne(object)) }

    package func exclude(_ address: UInt) {
        if walker?.excluded == nil { walker?.excluded = MarkBitmap() }
        guard walker?.marks.insert(address) == true else { return }
        _ = walker?.excluded?.insert(address)
    }

    /// The bytes of every block reachable from an object that this sizer has not counted before.
    ///
    /// - Parameter object: The object to size.
    /// - Returns: Bytes; 0 where the object was counted before, or where ``canMeasure`` is `false`.
    public func size(of object: AnyObject) -> Int {
        ct_own_objects()
        defer { ct_end_own_objects() }
        return withExtendedLifetime(object) {
            size(ofObjectAt: UInt(bitPattern: Unmanaged.passUnretained(object).toOpaque()))
        }
    }

    /// The same for an object that nobody holds for the sizer, and that may be freed meanwhile.
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

    /// The bytes of every block reachable from a value that this sizer has not counted before.
    ///
    /// Swift opens an existential that is passed here: the value in it is sized, without the box that it may have had.
    ///
    /// - Parameter value: The value to size, of any type; what is stored inline, in no block of its own, costs nothing.
    /// - Returns: Bytes.
    public func size<Value>(ofValue value: Value) -> Int {
        ct_own_objects()
        defer { ct_end_own_objects() }
        // Where the runtime is another one, its metadata is not looked at either.
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
        // Taken out and put back: what is reached through an object is checked for exclusive access at each step.
        guard walker != nil, ct_guard_enter(&guarded) == 0, var current = walker.take() else { return }
        current.isUnguarded = false
        // The service may have opened a library since the last walk.
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

    /// The size of an object with its referents by name.
    ///
    /// Referents are named by stored property and type, `employees: Array<Employee>`, by index, `[3]`, and all entries
    /// of a dictionary together as `key` and `value`. Of arrays the first thousand elements are listed.
    ///
    /// - Parameters:
    ///   - object: The object to size.
    ///   - resolutionLevel: How many levels of referents are listed; 0 for none.
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

    /// The same for an object that nobody holds for the sizer, and that may be freed meanwhile.
    ///
    /// - Parameters:
    ///   - address: The object's address.
    ///   - name: What the object is called in the result.
    ///   - resolutionLevel: How many levels of referents the result has.
    ///   - isMarked: Whether `mark` has marked it, so that this is the one time it is counted.
    /// - Returns: The size, 0 where the object has been counted already.
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
    ///   - resolutionLevel: How many levels of referents the tree gets.
    ///   - isMarked: Whether `mark` has marked it, so that this is the one time it is counted.
    ///   - number: By what the object is found in the tree, or the sum that it is added to.
    ///   - isSum: Which of the two.
    ///   - tree: Where to put it.
    /// - Returns: Bytes, 0 where the object has been counted already.
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

    /// Declares memory that the values of a type own beyond what its stored properties tell.
    ///
    /// Counts for types that have not been sized yet in this process.
    ///
    /// - Parameters:
    ///   - type: The type.
    ///   - owned: What each of its values owns.
    /// - Throws: ``HeapSizingError/noSuchProperty(_:type:)``.
    public static func register(_ type: Any.Type, owning owned: [OwnedMemory]) throws(HeapSizingError) {
        try LayoutCatalog.shared.declare(owned, for: Metadata(type))
    }

    /// Declares memory that the values of all types of a name own, generic types by their unbound name.
    ///
    /// - Parameters:
    ///   - name: The name with its module: `NIOCore.ByteBuffer._Storage`.
    ///   - owned: What each value owns.
    public static func register(typeNamed name: String, owning owned: [OwnedMemory]) {
        LayoutCatalog.shared.declare(owned, forTypesNamed: name)
    }

    /// Has it do without learning, locks and malloc from now on: for a copy of the process.
    ///
    /// - Parameter classes: The metadata of classes whose instances it will be asked for, or 0.
    /// - Returns: False where there is no memory, or the allocator is not glibc's and would have to be asked.
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

    /// Whether blocks tell their sizes themselves.
    ///
    /// Any other allocator than glibc's would have to be asked, and may wait for its own locks then; so may a sanitizer's.
    package static var canSizeCopies: Bool { hasGlibcBlocks }

    /// How often a sizer that was prepared for a copy met a type that it does not know; what is behind it is not counted.
    package var strangers: Int { walker?.strangers ?? 0 }

    /// Checks, once in a process, that the runtime and the allocator are laid out as this library knows them.
    ///
    /// - Throws: ``HeapSizingError/assumptionFailed(_:)`` with the first thing that is different;
    ///   ``HeapSizingError/allocator(_:)`` where the allocator must not be asked.
    public static func checkRuntime() throws(HeapSizingError) {
        if let refusal = AllocatorCheck.refusal { throw refusal }
        try RuntimeCheck.result.get()
    }
}
