internal import CTrackingRuntime
internal import SwiftRuntimeABI

/// The sum of the objects of one kind.
package struct KindSum: BitwiseCopyable, Sendable {
    package private(set) var active = 0
    /// The size, in units of `HeapSizer.unit` bytes.
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

    /// Subtracts the size of an object that was added.
    package mutating func drop(units: Int) {
        self.units &-= units
        unsized &+= 1
    }
}

/// The new classes of objects whose class was changed, each once.
package struct OtherClasses: BitwiseCopyable {
    /// The largest number of classes; the next snapshot finds further ones.
    package static let limit = 64

    private let list: UnsafeMutablePointer<UInt>
    package private(set) var count = 0

    /// Creates an empty list.
    ///
    /// - Parameter list: Memory for ``limit`` classes.
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
    /// The size that marks an object that could not be read.
    package static let unreadable = UInt32.max
    /// The bytes in one unit of sizes: blocks are multiples of it.
    package static let unit = 8

    /// Marks objects whose addresses are in the low 48 bits of words, so that the walk does not enter them from another
    /// object.
    ///
    /// - Parameters:
    ///   - first: The first word.
    ///   - stride: The bytes from one word to the next.
    ///   - count: The number of words.
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

    /// Sizes marked objects, one after the other; memory that two of them share counts for the first.
    ///
    /// - Parameters:
    ///   - first: The word with the address of the first object in its low 48 bits.
    ///   - stride: The bytes from one word to the next.
    ///   - count: The number of objects.
    ///   - classes: The metadata of each object's class at birth, by the number in the high 16 bits of its word.
    ///   - sizes: Receives their sizes in units of ``unit`` bytes, or ``unreadable``.
    ///   - sums: The sums to which the objects are added, by the same number.
    ///   - others: Receives the current classes of objects whose class was changed, as far as they fit.
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
        // No object can be sized.
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
