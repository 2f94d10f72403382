internal import SwiftRuntimeABI

extension Walker {
    /// Visits the memory that follows the stored properties of an object in the same block.
    @inline(never)
    mutating func visitTail(of address: UInt, _ plan: UnsafePointer<ObjectPlan>, usable: UInt) {
        switch plan.pointee.shape {
        case .fixed: break
        case .elements: visitElements(of: address, plan, usable: usable)
        case .ring: visitRing(of: address, plan, usable: usable)
        case .unknownTail:
            if usable > plan.pointee.tailOffset {
                scan(address &+ plan.pointee.tailOffset, bytes: usable &- plan.pointee.tailOffset)
            }
        case .dictionary: visitDictionary(at: address, plan, usable: usable)
        case .nativeString: visitString(at: address, usable: usable)
        case .errorBox: visitError(at: address)
        case .genericCaptures: visitCaptures(of: address, plan)
        case .hashTree: visitHashTree(at: address, plan, usable: usable)
        }
    }

    @inline(__always)
    private mutating func visitElements(of address: UInt, _ plan: UnsafePointer<ObjectPlan>, usable: UInt) {
        guard let element = plan.pointee.element else { return }
        let count = integer(at: address &+ plan.pointee.countOffset, bytes: plan.pointee.countBytes)
        let offset = plan.pointee.tailOffset
        guard count == 0 || fits(count, of: element, at: offset, in: usable) else {
            unsized &+= 1
            return
        }
        wait(Cursor(address: address &+ offset, remaining: count, program: element))
    }

    private func fits(_ count: UInt, of element: UnsafePointer<Program>, at offset: UInt, in usable: UInt) -> Bool {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: UInt(bitPattern: element.pointee.stride))
        return !overflow && offset <= usable && bytes <= usable &- offset
    }

    private mutating func visitRing(of address: UInt, _ plan: UnsafePointer<ObjectPlan>, usable: UInt) {
        guard let element = plan.pointee.element else { return }
        let capacity = word(address &+ plan.pointee.capacityOffset)
        let count = word(address &+ plan.pointee.countOffset)
        let start = word(address &+ plan.pointee.startOffset)
        guard count <= capacity, start <= capacity,
            fits(capacity, of: element, at: plan.pointee.tailOffset, in: usable)
        else {
            unsized &+= 1
            return
        }
        let base = address &+ plan.pointee.tailOffset
        let first = min(count, capacity &- start)
        let stride = UInt(bitPattern: element.pointee.stride)
        wait(Cursor(address: base &+ start &* stride, remaining: first, program: element))
        if count > first { wait(Cursor(address: base, remaining: count &- first, program: element)) }
    }

    private mutating func visitDictionary(at address: UInt, _ plan: UnsafePointer<ObjectPlan>, usable: UInt) {
        guard let key = plan.pointee.element else { return }
        let value = plan.pointee.value
        guard
            let buckets = DictionaryBuckets(
                of: address,
                keyStride: key.pointee.stride,
                valueStride: value?.pointee.stride,
                usable: usable
            )
        else {
            unsized &+= 1
            return
        }
        var cursor = Cursor(address: address, remaining: UInt(max(1, buckets.count / 64)), program: key)
        cursor.value = value
        cursor.keys = buckets.keys
        cursor.values = buckets.values
        cursor.bitmap = buckets.bitmap
        cursor.position = UInt(min(buckets.count, 64))
        wait(cursor)
    }

    /// Visits a node of swift-collections' trees.
    ///
    /// It has two bitmaps and a tail, in which children begin at the front and items end at the back; if all hashes
    /// collide, both bitmaps together are the count (_HashNodeHeader.swift there).
    private mutating func visitHashTree(at address: UInt, _ plan: UnsafePointer<ObjectPlan>, usable: UInt) {
        guard let item = plan.pointee.element else { return }
        let items = halfWord(address &+ 16)
        let children = halfWord(address &+ 20)
        let capacity = UInt(halfWord(address &+ 24))
        let isCollision = items & children != 0
        let childCount = isCollision ? 0 : UInt(children.nonzeroBitCount)
        let itemCount = isCollision ? UInt(items) : UInt(items.nonzeroBitCount)
        let stride = UInt(bitPattern: item.pointee.stride)
        guard plan.pointee.tailOffset &+ capacity <= usable, childCount &* 16 &+ itemCount &* stride <= capacity else {
            unsized &+= 1
            return
        }
        let base = address &+ plan.pointee.tailOffset
        for child in 0..<childCount { reach(word(base &+ child &* 16)) }
        guard item.pointee.count > 0 else { return }
        wait(Cursor(address: base &+ capacity &- itemCount &* stride, remaining: itemCount, program: item))
    }

    /// Visits a string's storage, with the UTF-16 breadcrumbs that may follow its text.
    private mutating func visitString(at address: UInt, usable: UInt) {
        if let place = StringStorage.breadcrumbs(of: address, usable: usable) { reach(word(place)) }
    }

    private mutating func visitError(at address: UInt) {
        let type = word(address &+ BoxLayout.errorType)
        guard let program = UnsafePointer<Program>(bitPattern: values.find(type)) else {
            if isMetadataOfValue(type) {
                miss(.value(type: type))
            } else {
                unsized &+= 1
            }
            return
        }
        runNested(program, at: address &+ BoxLayout.error(alignmentMask: program.pointee.alignmentMask))
    }

    private mutating func visitCaptures(of address: UInt, _ plan: UnsafePointer<ObjectPlan>) {
        // The words before the captures, or the class of the first one, determine the generic arguments of the code.
        let isa = plan.pointee.layout?.takeUnretainedValue().metadata.address ?? 0
        var key = Self.mixed(0, isa)
        let bindings = UInt(bitPattern: plan.pointee.bindings)
        for index in 0..<bindings {
            key = Self.mixed(key, word(address &+ CaptureDescriptor.firstBinding &+ index &* 8))
        }
        if plan.pointee.dependsOnCapture {
            let capture = word(address &+ CaptureDescriptor.firstBinding &+ bindings &* 8)
            key = Self.mixed(key, word(capture & Architecture.addressMask))
        }
        guard let found = UnsafePointer<ObjectPlan>(bitPattern: captures.find(key)) else {
            miss(.captures(box: address, plan: plan, key: key))
            return
        }
        run(found.pointee.program, at: address)
    }

    /// Mixes the words, because metadata lies at regular distances, so that sums of addresses would collide.
    static func mixed(_ key: UInt, _ word: UInt) -> UInt {
        var mixed = (key ^ word) &* 0x9E37_79B9_7F4A_7C15
        mixed ^= mixed >> 32
        mixed = mixed &* 0xD6E8_FEB8_6659_FD93
        return (mixed ^ mixed >> 29) &+ 0x9E37_79B9_7F4A_7C15
    }

    // MARK: Cursors

    /// Resumes the most recently suspended array or dictionary.
    mutating func advance() {
        let index = cursorCount &- 1
        let cursor = cursors.base[index]
        guard cursor.remaining > 0, let program = cursor.program else {
            cursorCount &-= 1
            return
        }
        guard canRead(cursor.isDictionary ? cursor.bitmap : cursor.address) else {
            // The storage was freed and unmapped: each further read would fault.
            cursorCount &-= 1
            unsized &+= 1
            return
        }
        if cursor.isDictionary {
            advanceDictionary(index, cursor)
            return
        }
        if program.pointee.count == 1 && program.pointee.steps[0].kind == .reference {
            advanceReferences(index, cursor, program)
            return
        }
        var place = cursor.address
        var remaining = cursor.remaining
        let stride = UInt(bitPattern: program.pointee.stride)
        let end = place &+ Self.cursorBytes
        while remaining > 0 && nextCount < Self.batchFill && place < end {
            cursors.base[index].address = place &+ stride
            cursors.base[index].remaining = remaining &- 1
            run(program.pointee, at: place)
            if isMissing { repeat {} while repeatElement(program, at: place) }
            // The element owns an array or dictionary, which is read first.
            if cursorCount != index &+ 1 { return }
            place &+= stride
            remaining &-= 1
        }
    }

    private mutating func repeatElement(_ program: UnsafePointer<Program>, at place: UInt) -> Bool {
        guard learn() else { return false }
        run(program.pointee, at: place)
        return true
    }

    private mutating func advanceReferences(_ index: Int, _ cursor: Cursor, _ program: UnsafePointer<Program>) {
        let offset = UInt(program.pointee.steps[0].offset)
        var place = cursor.address &+ offset
        let stride = UInt(bitPattern: program.pointee.stride)
        var remaining = cursor.remaining
        let rejected = program.pointee.steps[0].extra
        var isMixed = cursor.keys != 0
        let end = place &+ Self.cursorBytes
        while remaining > 0 && nextCount < Self.batchFill && place < end {
            let reference = word(place)
            place &+= stride
            remaining &-= 1
            let address = reference & Architecture.addressMask
            guard reference & rejected == 0, marks.insert(address) else { continue }
            wait(address)
            guard stride == 8 && rejected == 0 && remaining > 0 else { continue }
            let limit = min(remaining, Self.cursorBytes / 8)
            // Objects in a row are prefetched by the processor.
            let isRow = (word(place) & Architecture.addressMask) &- address &+ 512 < 1024
            if isMixed && !isRow { continue }
            let read =
                isRow
                ? visitRow(from: place, count: limit, after: address)
                : visitScattered(from: place, count: limit, after: address)
            place &+= read &* 8
            remaining &-= read
            // For objects of many classes, starting the fast path costs more than it saves.
            isMixed = !isRow && read == 0 && recentPlan != 0
        }
        cursors.base[index].address = place &- offset
        cursors.base[index].remaining = remaining
        cursors.base[index].keys = isMixed ? 1 : 0
    }

    private mutating func advanceDictionary(_ index: Int, _ cursor: Cursor) {
        var next = cursor
        next.remaining &-= 1
        next.bitmap &+= 8
        cursors.base[index] = next
        var bits = word(cursor.bitmap)
        if cursor.position < 64 { bits &= 1 << cursor.position &- 1 }
        let first =
            (cursor.bitmap &- cursor.address &- DictionaryBuckets.bitmapOffset(hasValues: cursor.value != nil)) &* 8
        while bits != 0 {
            let bucket = first &+ UInt(bitPattern: bits.trailingZeroBitCount)
            bits &= bits &- 1
            if let key = cursor.program, key.pointee.count > 0 {
                runElement(key, at: cursor.keys &+ bucket &* UInt(bitPattern: key.pointee.stride))
            }
            if let value = cursor.value, value.pointee.count > 0 {
                runElement(value, at: cursor.values &+ bucket &* UInt(bitPattern: value.pointee.stride))
            }
        }
    }

    private mutating func runElement(_ program: UnsafePointer<Program>, at place: UInt) {
        run(program.pointee, at: place)
        if isMissing { repeat {} while repeatElement(program, at: place) }
    }
}

extension Walker {
    /// Enqueues the objects to which a value outside the heap refers.
    mutating func runRoot(_ program: UnsafePointer<Program>, at place: UInt) { runElement(program, at: place) }
}
