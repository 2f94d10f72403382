internal import CTrackingRuntime
internal import SwiftRuntimeABI

extension Walker {
    /// The number of objects that are prefetched ahead.
    private static let ahead = 12

    /// Sizes marked objects one by one, as long as they are of one class that has only references in it.
    ///
    /// It does the same as `visitAlone` for each, but performs the lookups once: most tracked objects are of few
    /// classes. The first object that is different is left to the caller.
    ///
    /// - Parameters:
    ///   - first: The `place` of the first object (`ct_object`): its address and the number of its class.
    ///   - stride: The bytes from one word to the next.
    ///   - start: The index of the first object.
    ///   - count: The index after the last object.
    ///   - classes: The metadata of each object's class at birth, by the number in its place.
    ///   - sizes: Receives their sizes in units of `HeapSizer.unit` bytes.
    /// - Returns: The index of the first object that was not sized.
    @inline(never)
    mutating func sizeAlike(
        _ first: UnsafeRawPointer,
        stride: Int,
        from start: Int,
        count: Int,
        _ classes: UnsafeBufferPointer<UInt>,
        into sizes: UnsafeMutablePointer<UInt32>
    ) -> Int {
        let kind = ct_place_kind(Self.place(first, start, stride))
        let isa = classes[Int(truncatingIfNeeded: kind)]
        if isa != recentClass { switchClass(to: isa) }
        guard let plan = UnsafePointer<ObjectPlan>(bitPattern: recentPlan), plan.pointee.isSimple, headersAreReadable
        else { return start }
        let steps = plan.pointee.program.steps
        let end = steps + plan.pointee.program.count
        let minimumSize = plan.pointee.minimumSize
        var recent = RecentMarks(marks)
        var shared: UInt = 0
        var index = start
        while index < count {
            if index % Self.lookInterval == 0 {
                visits(Self.lookInterval)
                if isUnguarded { break }
            }
            if index &+ Self.ahead < count {
                let next = ct_place_address(Self.place(first, index &+ Self.ahead, stride))
                ct_prefetch(next &- 8)
                ct_prefetch(next &+ 47)
                ct_prefetch(next &+ textDistance &- 8)
            }
            let place = Self.place(first, index, stride)
            let address = ct_place_address(place)
            let header = word(address &- 8)
            let usable = Int(bitPattern: (header & ~7) &- 8)
            guard ct_place_kind(place) == kind, word(address) == isa,
                word(address &+ ObjectCounters.offset) & ObjectCounters.rare == 0,
                header & BlockSize.rareHeader == 0, usable >= minimumSize
            else { break }
            let before = bytes
            bytes &+= usable
            var step = steps
            while step < end {
                let reference = word(address &+ UInt(step.pointee.offset))
                let rejected = step.pointee.extra
                step += 1
                // An object that many share is reached again and again.
                if reference == shared || reference & rejected != 0 { continue }
                let target = reference & Architecture.addressMask
                if !recent.cover(target) {
                    guard target != 0, marks.switchRegion(to: target) else { continue }
                    recent = RecentMarks(marks)
                }
                guard recent.insert(target) else {
                    shared = reference
                    continue
                }
                let targetHeader = word(target &- 8)
                let away = target &- address
                // As in `reach(_:from:isText:)`.
                if away &+ 512 < 1024, word(target) == nativeString, targetHeader & BlockSize.rareHeader == 0,
                    (targetHeader & ~7) &- 40 < StringStorage.shortText
                {
                    bytes &+= Int(bitPattern: (targetHeader & ~7) &- 8)
                    textDistance = away
                } else {
                    wait(target, isText: rejected != 0)
                }
            }
            if nextCount | pendingCount | cursorCount != 0 || overflowed {
                drain()
                if recentClass != isa { switchClass(to: isa) }
            }
            sizes[index] = UInt32(clamping: (bytes &- before) / HeapSizer.unit)
            index &+= 1
        }
        return index
    }

    @inline(__always)
    private static func place(_ first: UnsafeRawPointer, _ index: Int, _ stride: Int) -> UInt64 {
        first.load(fromByteOffset: index &* stride, as: UInt64.self)
    }
}
