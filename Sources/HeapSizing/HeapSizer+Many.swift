internal import CTrackingRuntime

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
            for index in 0..<count { _ = walker.marks.insert(Self.address(first, index, stride)) }
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
    /// - Returns: The classes of objects that are of another one now, as far as they were met first.
    package func size(
        _ first: UnsafeRawPointer,
        stride: Int,
        count: Int,
        classes: UnsafeBufferPointer<UInt>,
        into sizes: UnsafeMutablePointer<UInt32>
    ) -> [UInt] {
        var others: [UInt] = []
        sizes.update(repeating: Self.unreadable, count: count)
        withGuardedWalker { walker in
            var index = 0
            while index < count {
                index = walker.sizeAlike(first, stride: stride, from: index, count: count, classes, into: sizes)
                guard index < count else { return }
                let entry = first.load(fromByteOffset: index &* stride, as: UInt64.self)
                let address = UInt(truncatingIfNeeded: entry & 0xFFFF_FFFF_FFFF)
                let isa = word(address)
                if isa != classes[Int(truncatingIfNeeded: entry >> 48)], others.count < Self.otherLimit,
                    walker.isMetadataOfObject(isa), !others.contains(isa)
                {
                    others.append(isa)
                }
                let bytes = walker.bytes
                let unsized = walker.unsized
                walker.visitAlone(address)
                let size = UInt32(clamping: (walker.bytes &- bytes) / Self.unit)
                sizes[index] = size == 0 && walker.unsized != unsized ? Self.unreadable : min(size, Self.unreadable - 1)
                index += 1
            }
        }
        return others
    }

    private static let otherLimit = 64

    @inline(__always)
    private static func address(_ first: UnsafeRawPointer, _ index: Int, _ stride: Int) -> UInt {
        UInt(truncatingIfNeeded: first.load(fromByteOffset: index &* stride, as: UInt64.self) & 0xFFFF_FFFF_FFFF)
    }
}
