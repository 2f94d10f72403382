internal import CTrackingRuntime

/// The memory of the program and its libraries.
///
/// An object in it is static: it was made by the linker and not by malloc.
@usableFromInline
package struct ImageRanges {
    private let ranges: UnsafeMutableBufferPointer<ct_range>
    private let generation: UInt64

    /// Lists the segments of all images.
    ///
    /// - Parameter withCodeOnly: Lists only the segments that have code.
    package init(withCodeOnly: Bool = false) {
        let kind: Int32 = withCodeOnly ? 1 : 0
        // Read before the ranges, so that a library that is loaded meanwhile makes them outdated.
        generation = ct_image_generation()
        let capacity = ct_image_ranges(nil, 0, kind) + 16
        let ranges = UnsafeMutableBufferPointer<ct_range>.allocate(capacity: capacity)
        let count = min(ct_image_ranges(ranges.baseAddress, capacity, kind), capacity)
        var filled = UnsafeMutableBufferPointer(rebasing: ranges[..<count])
        filled.sort { $0.begin < $1.begin }
        self.ranges = filled
    }

    package func deallocate() { ranges.deallocate() }

    /// Indicates whether nothing has been loaded or unloaded since.
    package var areCurrent: Bool { generation == ct_image_generation() }

    package func contain(_ address: UInt) -> Bool { room(at: address) > 0 }

    /// Returns the bytes from an address to the end of its segment; 0 for an address elsewhere.
    package func room(at address: UInt) -> UInt {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low &+ high) >> 1
            if ranges[middle].end <= address { low = middle &+ 1 } else { high = middle }
        }
        guard low < ranges.count, ranges[low].begin <= address else { return 0 }
        return UInt(ranges[low].end) &- address
    }
}
