internal import CTrackingRuntime

/// What the objects of one kind add up to.
package struct KindSum: BitwiseCopyable, Sendable {
    package private(set) var active = 0
    /// Of `HeapSizer.unit` bytes.
    package private(set) var units = 0
    package private(set) var unsized = 0

    package init() {}

    package mutating func add(units: Int) {
        active &+= 1
        self.units &+= units
    }

    mutating func add(_ count: Int, units: Int) {
        active &+= count
        self.units &+= units
    }

    package mutating func addUnsized(_ count: Int = 1) {
        active &+= count
        unsized &+= count
    }

    /// Takes away the size of an object that was added.
    package mutating func drop(units: Int) {
        self.units &-= units
        unsized &+= 1
    }
}

/// Classes that objects have changed theirs for, each once.
package struct OtherClasses: BitwiseCopyable {
    /// More of them are found by the next snapshot.
    package static let limit = 64

    private let list: UnsafeMutablePointer<UInt>
    package private(set) var count = 0

    /// - Parameter list: Room for ``limit`` of them.
    package init(_ list: UnsafeMutablePointer<UInt>) { self.list = list }

    func contains(_ isa: UInt) -> Bool {
        for index in 0..<count where list[index] == isa { return true }
        return false
    }

    mutating func add(_ isa: UInt) {
        guard count < Self.limit else { return }
        list[count] = isa
        count += 1
    }
}

extension HeapSizer {
    /// A size that stands for an object that could not be read.
    package static let unreadable = UInt32.max
    /// Bytes in one unit of the sizes of many: blocks are multiples of it.
    package static let unit = 8

    /// Marks objects whose addresses stand in the low 48 bits of words, so that none is entered from another.
    ///
    /// - Parameters:
    ///   - first: The first word.
    ///   - stride: Bytes from one word to the next.
    ///   - count: How many there are.
    package func mark(_ first: UnsafeRawPointer, stride: Int, count: Int) {
        withGuardedWalker { walker in
            var recent = RecentMarks(walker.marks)
            for index in 0..<count {
                let address = Self.address(first, index, stride)
                if !recent.cover(address) {
                    guard walker.marks.switchRegion(to: address) else { continue }
                    recent = RecentMarks(walker.marks)
                }
                _ = recent.insert(address)
            }
        }
    }

    /// Sizes objects that were marked, one after the other; what two of them share goes to the first.
    ///
    /// - Parameters:
    ///   - first: The word with the address of the first object in its low 48 bits.
    ///   - stride: Bytes from one word to the next.
    ///   - count: How many there are.
    ///   - classes: The metadata of the class that each object was of, by the number in the high 16 bits of its word.
    ///   - sizes: Receives their sizes in units of ``unit`` bytes, or ``unreadable``.
    ///   - sums: The objects are added to these, by the same number.
    ///   - others: Receives the classes of objects that are of another one now, as far as there is room.
    package func size(
        _ first: UnsafeRawPointer,
        stride: Int,
        count: Int,
        classes: UnsafeBufferPointer<UInt>,
        into sizes: UnsafeMutablePointer<UInt32>,
        _ sums: UnsafeMutableBufferPointer<KindSum>,
        _ others: inout OtherClasses
    ) {
        var index = 0
        withGuardedWalker { walker in
            while index < count {
                let (start, before) = (index, walker.bytes)
                let kind = Self.kind(first, start, stride)
                index = walker.sizeAlike(first, stride: stride, from: start, count: count, classes, into: sizes)
                sums[kind].add(index &- start, units: (walker.bytes &- before) / Self.unit)
                guard index < count else { return }
                let address = Self.address(first, index, stride)
                let isa = word(address)
                if isa != classes[Self.kind(first, index, stride)], !others.contains(isa),
                    walker.isMetadataOfObject(isa)
                {
                    others.add(isa)
                }
                let bytes = walker.bytes
                let unsized = walker.unsized
                walker.visitAlone(address)
                let units = (walker.bytes &- bytes) / Self.unit
                if units == 0 && walker.unsized != unsized {
                    sizes[index] = Self.unreadable
                    sums[Self.kind(first, index, stride)].addUnsized()
                } else {
                    sizes[index] = min(UInt32(clamping: units), Self.unreadable - 1)
                    sums[Self.kind(first, index, stride)].add(units: units)
                }
                index += 1
            }
        }
        // Where nothing can be sized.
        while index < count {
            sizes[index] = Self.unreadable
            sums[Self.kind(first, index, stride)].addUnsized()
            index += 1
        }
    }

    @inline(__always)
    private static func kind(_ first: UnsafeRawPointer, _ index: Int, _ stride: Int) -> Int {
        Int(truncatingIfNeeded: ct_place_kind(first.load(fromByteOffset: index &* stride, as: UInt64.self)))
    }

    @inline(__always)
    private static func address(_ first: UnsafeRawPointer, _ index: Int, _ stride: Int) -> UInt {
        ct_place_address(first.load(fromByteOffset: index &* stride, as: UInt64.self))
    }
}
