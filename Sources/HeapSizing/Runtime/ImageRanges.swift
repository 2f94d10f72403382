internal import CTrackingRuntime

/// Where the program and its libraries lie in memory.
///
/// An object in there is static: the linker made it, malloc did not.
struct ImageRanges {
    private let ranges: UnsafeMutableBufferPointer<ct_range>
    private let generation: UInt64

    /// - Parameter withCodeOnly: Only the segments that have code.
    init(withCodeOnly: Bool = false) {
        let kind: Int32 = withCodeOnly ? 1 : 0
        // Before the ranges are asked for: what is loaded meanwhile makes them outdated, never unnoticed.
        generation = ct_image_generation()
        let capacity = ct_image_ranges(nil, 0, kind) + 16
        let ranges = UnsafeMutableBufferPointer<ct_range>.allocate(capacity: capacity)
        let count = min(ct_image_ranges(ranges.baseAddress, capacity, kind), capacity)
        var filled = UnsafeMutableBufferPointer(rebasing: ranges[..<count])
        filled.sort { $0.begin < $1.begin }
        self.ranges = filled
    }

    func deallocate() { ranges.deallocate() }

    /// Nothing has been loaded or unloaded since.
    var areCurrent: Bool { generation == ct_image_generation() }

    func contain(_ address: UInt) -> Bool { room(at: address) > 0 }

    /// The bytes from an address to the end of its segment; 0 for an address elsewhere.
    func room(at address: UInt) -> UInt {
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
