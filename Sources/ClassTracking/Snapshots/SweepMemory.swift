import CTrackingRuntime

/// Memory for the objects of a snapshot, and their sizes.
///
/// It comes from the kernel, so that the heap that is measured does not change by it, and is kept for the next snapshot:
/// the kernel takes as long to give pages as it takes to size what they tell of.
struct SweepMemory: ~Copyable {
    private(set) var objects = UnsafeMutableBufferPointer<ct_object>(start: nil, count: 0)
    private(set) var sizes = UnsafeMutableBufferPointer<UInt32>(start: nil, count: 0)
    /// Objects whose pages are there.
    private var filled = 0
    private var filledSizes = 0

    /// Fewer are not worth giving back.
    private static let least = 16_384

    deinit {
        Pages.unmap(objects)
        Pages.unmap(sizes)
    }

    /// Bytes that are there, about.
    var bytes: Int { filled * MemoryLayout<ct_object>.stride + filledSizes * MemoryLayout<UInt32>.stride }

    /// Makes room for objects.
    ///
    /// - Parameters:
    ///   - needed: How many there will be.
    ///   - used: How many are there and stay.
    /// - Returns: False where the kernel gives no memory; then nothing has changed.
    mutating func reserveObjects(_ needed: Int, keeping used: Int) -> Bool {
        if needed > objects.count {
            // Some more than now; what is not used takes no memory.
            guard let fresh = Pages.map(ct_object.self, max(needed + needed / 4, 2 * used)) else { return false }
            Pages.fill(fresh, 0..<needed)
            if let from = objects.baseAddress, let to = fresh.baseAddress { to.update(from: from, count: used) }
            Pages.unmap(objects)
            objects = fresh
        } else if needed > filled {
            Pages.fill(objects, filled..<needed)
        }
        filled = max(filled, needed)
        return true
    }

    /// Makes room for as many sizes.
    mutating func reserveSizes(_ needed: Int) -> Bool {
        if needed > sizes.count {
            guard let fresh = Pages.map(UInt32.self, needed + needed / 4) else { return false }
            Pages.fill(fresh, 0..<needed)
            Pages.unmap(sizes)
            sizes = fresh
        } else if needed > filledSizes {
            Pages.fill(sizes, filledSizes..<needed)
        }
        filledSizes = max(filledSizes, needed)
        return true
    }

    /// Takes over memory in which the objects stand in another order.
    mutating func replaceObjects(by other: UnsafeMutableBufferPointer<ct_object>) {
        Pages.unmap(objects)
        objects = other
        filled = other.count
    }

    /// Gives back what is far more than `used` objects need.
    mutating func trim(to used: Int) {
        guard filled > max(Self.least, 4 * used) else { return }
        self = SweepMemory()
    }
}
