internal import CTrackingRuntime
internal import SwiftRuntimeABI

extension Walker {
    /// Visits the objects to which an array refers, one after the other, as long as they are ordinary.
    ///
    /// That is: they lie in the order of the array, are of the class visited last, have only references in them, and
    /// their referents lie in the same region. It does the same as `visit` for each, but performs the lookups once:
    /// most of a heap are arrays of objects that were created together. The first object that is different is left to
    /// the caller.
    ///
    /// - Parameters:
    ///   - start: The address of the references.
    ///   - limit: The number of references.
    ///   - last: The object before the first.
    /// - Returns: The number of visited objects.
    @inline(never)
    mutating func visitRow(from start: UInt, count limit: UInt, after last: UInt) -> UInt {
        visitAlike(from: start, count: limit, after: last, areInRow: true)
    }

    /// Visits objects that lie anywhere, each of which is prefetched while others are visited.
    @inline(never)
    mutating func visitScattered(from start: UInt, count limit: UInt, after last: UInt) -> UInt {
        visitAlike(from: start, count: limit, after: last, areInRow: false)
    }

    /// The number of objects that are prefetched ahead.
    private static let ahead: UInt = 12

    @inline(__always)
    private mutating func visitAlike(
        from start: UInt,
        count limit: UInt,
        after last: UInt,
        areInRow: Bool
    ) -> UInt {
        let isa = word(last)
        if isa != recentClass { switchClass(to: isa) }
        guard let plan = UnsafePointer<ObjectPlan>(bitPattern: recentPlan), plan.pointee.isSimple, headersAreReadable
        else { return 0 }
        let steps = plan.pointee.program.steps
        let end = steps + plan.pointee.program.count
        let minimumSize = plan.pointee.minimumSize
        var recent = RecentMarks(marks)
        var sum = 0
        var shared: UInt = 0
        var previous = last
        var place = start
        let endPlace = start &+ limit &* 8
        // A distance that is found meanwhile applies from the next call on: these objects were prefetched without it.
        let textDistance = textDistance
        if !areInRow {
            for index in 0..<min(limit, Self.ahead) {
                ask(for: word(start &+ index &* 8) & Architecture.addressMask, textDistance)
            }
        }
        while place < endPlace {
            let address = word(place) & Architecture.addressMask
            if !areInRow, place &+ Self.ahead &* 8 < endPlace {
                ask(for: word(place &+ Self.ahead &* 8) & Architecture.addressMask, textDistance)
            }
            let header = word(address &- 8)
            let usable = Int(bitPattern: (header & ~7) &- 8)
            guard !areInRow || address &- previous &+ 512 < 1024, word(address) == isa,
                word(address &+ ObjectCounters.offset) & ObjectCounters.rare == 0, header & BlockSize.rareHeader == 0,
                usable >= minimumSize
            else { break }
            if !recent.cover(address) {
                // A heap may extend from one region to the next.
                guard !areInRow, switchMarks(&recent, to: address) else { break }
            }
            previous = address
            place &+= 8
            guard recent.insert(address) else { continue }
            sum &+= usable
            var step = steps
            while step < end {
                let reference = word(address &+ UInt(step.pointee.offset))
                let rejected = step.pointee.extra
                step += 1
                // An object that many share is reached again and again.
                if reference == shared || reference & rejected != 0 { continue }
                let target = reference & Architecture.addressMask
                guard recent.cover(target) else {
                    reachElsewhere(target)
                    shared = reference
                    continue
                }
                guard recent.insert(target) else {
                    shared = reference
                    continue
                }
                let targetHeader = word(target &- 8)
                // As in `reach(_:from:)`.
                let away = target &- address
                if areInRow ? away &+ 128 < 256 : away < 72 || away == textDistance, word(target) == nativeString,
                    targetHeader & BlockSize.rareHeader == 0, (targetHeader & ~7) &- 40 < StringStorage.shortText
                {
                    sum &+= Int(bitPattern: (targetHeader & ~7) &- 8)
                } else {
                    if !areInRow && rejected != 0 && away &+ 512 < 1024 { self.textDistance = away }
                    wait(target, isText: rejected != 0)
                }
            }
            if nextCount >= Self.batchFill { break }
        }
        bytes &+= sum
        let visited = (place &- start) >> 3
        visits(Int(bitPattern: visited))
        return visited
    }

    /// Continues in the region of an address.
    ///
    /// - Returns: `false` if there is none.
    @inline(never)
    private mutating func switchMarks(_ recent: inout RecentMarks, to address: UInt) -> Bool {
        guard marks.switchRegion(to: address) else { return false }
        recent = RecentMarks(marks)
        return true
    }

    @inline(__always)
    private func ask(for address: UInt, _ textDistance: UInt) {
        ct_prefetch(address &- 8)
        ct_prefetch(address &+ 47)
        ct_prefetch(address &+ textDistance &- 8)
    }

    @inline(never)
    private mutating func reachElsewhere(_ address: UInt) {
        if address == 0 { return }
        // Another region becomes the recent one for a moment: the caller continues in its own.
        let before = marks
        if marks.insert(address) { wait(address) }
        marks.return(to: before)
    }
}
