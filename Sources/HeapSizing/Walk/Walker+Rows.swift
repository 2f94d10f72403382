internal import CTrackingRuntime

extension Walker {
    /// Visits objects that an array refers to one after the other, as long as nothing is out of the ordinary.
    ///
    /// That is: they lie in the order of the array, are of the class visited last, have nothing but references in them,
    /// and what they refer to lies in the same region. The same as `visit` for each, with what that looks up for each
    /// looked up once: an array of new objects is what most of a heap consists of. The first object that is different
    /// is left to the caller.
    ///
    /// - Parameters:
    ///   - start: Where the references stand.
    ///   - limit: How many there are.
    ///   - last: The object before the first.
    /// - Returns: How many were visited.
    @inline(never)
    mutating func visitRow(from start: UInt, count limit: UInt, after last: UInt) -> UInt {
        visitAlike(from: start, count: limit, after: last, areInRow: true)
    }

    /// The same for objects that lie anywhere, each of which is asked for while others are visited.
    @inline(never)
    mutating func visitScattered(from start: UInt, count limit: UInt, after last: UInt) -> UInt {
        visitAlike(from: start, count: limit, after: last, areInRow: false)
    }

    /// So many objects are on their way from memory.
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
        // What is learnt on the way holds from the next time on: for these objects it has not been asked there.
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
                word(address &+ 8) & Self.rareCounters == 0, header & BlockSize.rareHeader == 0, usable >= minimumSize
            else { break }
            if !recent.cover(address) {
                // A heap may cross from one region to the next.
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
                // What many share is met again and again.
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
                    targetHeader & BlockSize.rareHeader == 0, (targetHeader & ~7) &- 40 < Self.shortText
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

    /// Goes on in the region of an address.
    ///
    /// - Returns: False where there is none.
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
        // Another region becomes the recent one and has to give way again: the caller goes on in its own.
        let before = marks
        if marks.insert(address) { wait(address) }
        marks.return(to: before)
    }
}
