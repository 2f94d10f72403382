internal import CTrackingRuntime
internal import SwiftRuntimeABI

extension Walker {
    /// Enqueues the objects to which the value at `base` refers.
    @inline(__always)
    mutating func run(_ program: Program, at base: UInt) {
        var step = program.steps
        let end = step + program.count
        while step < end {
            if step.pointee.kind == .reference {
                let reference = word(base &+ UInt(step.pointee.offset))
                let rejected = step.pointee.extra
                // Only strings have words that are not references.
                if reference & rejected == 0 { reach(reference, from: base, isText: rejected != 0) }
            } else {
                step += runRare(step.pointee, at: base &+ UInt(step.pointee.offset))
            }
            step += 1
        }
    }

    /// Performs a step that is not a reference.
    ///
    /// - Returns: The number of the next steps to skip.
    @inline(never)
    private mutating func runRare(_ step: Step, at address: UInt) -> Int {
        switch step.kind {
        case .reference: break
        case .presence:
            let test = step.structure(PresenceTest.self)
            let value = word(address) & test.pointee.mask
            for empty in test.pointee.values where empty == value { return test.pointee.steps }
        case .existential: runExistential(at: address)
        case .tags: runTags(step.structure(TagTable.self), at: address)
        case .witness: runWitness(step.structure(WitnessTable.self), at: address)
        case .box:
            reach(word(address), payload: step.structure(Program.self))
        case .scan: scan(address, bytes: step.extra)
        case .repetition:
            let repetition = step.structure(Repetition.self)
            var element = address
            for _ in 0..<repetition.pointee.count {
                runNested(repetition.pointee.program, at: element)
                element &+= UInt(bitPattern: repetition.pointee.program.pointee.stride)
            }
        case .owned: runOwned(step.structure(OwnedBlock.self), at: address)
        }
        return 0
    }

    @inline(__always)
    private mutating func runTags(_ table: UnsafePointer<TagTable>, at address: UInt) {
        let value = word(address &+ table.pointee.wordOffset) & table.pointee.mask
        var index = 0
        while index < table.pointee.entries.count {
            let entry = table.pointee.entries[index]
            index &+= 1
            guard entry.value == value else { continue }
            let first = entry.program.pointee.steps
            // Most payloads are one reference or one box.
            if entry.program.pointee.count == 1 && first.pointee.kind == .box {
                reach(word(address &+ UInt(first.pointee.offset)), payload: first.pointee.structure(Program.self))
            } else {
                runNested(entry.program, at: address)
            }
            return
        }
    }

    /// The recursion is as deep as types nest in the source, never as deep as the data.
    @inline(never)
    mutating func runNested(_ program: UnsafePointer<Program>, at base: UInt) { run(program.pointee, at: base) }

    /// Enqueues a box whose payload is of this program's type.
    @inline(__always)
    private mutating func reach(_ reference: UInt, payload: UnsafePointer<Program>) {
        let index = payload.pointee.boxIndex
        // There are more boxed types than an entry has bits for: the box's own metadata is used instead.
        guard index < 1 << 16 else { return reach(reference) }
        boxPrograms.base[Int(bitPattern: index)] = UInt(bitPattern: payload)
        reach(reference, box: index)
    }

    private mutating func runExistential(at address: UInt) {
        let type = word(address &+ ValueWords.existentialType)
        guard type >= Architecture.leastAddress else { return }
        guard let program = UnsafePointer<Program>(bitPattern: values.find(type)) else {
            if isMetadataOfValue(type) {
                miss(.value(type: type))
            } else {
                unsized &+= 1
            }
            return
        }
        if program.pointee.isInline {
            runNested(program, at: address)
        } else {
            reach(word(address), payload: program)
        }
    }

    private mutating func runWitness(_ table: UnsafePointer<WitnessTable>, at address: UInt) {
        guard let copy = takeScratch(table.pointee.size) else { return }
        defer { scratchUsed = copy.before }
        ct_read_bytes(copy.place, address, table.pointee.size)
        let programs = table.pointee.programs
        guard let tag = table.pointee.payload.take(from: copy.place, cases: programs.count, isInCopy: !isLearning)
        else { return }
        runNested(programs[tag], at: UInt(bitPattern: copy.place))
    }

    /// Returns memory for a copy of an enum; the caller restores `scratchUsed` afterwards.
    mutating func takeScratch(_ bytes: Int) -> (place: UnsafeMutableRawPointer, before: Int)? {
        let start = (scratchUsed &+ 63) & ~63
        guard bytes <= Self.scratchBytes &- start else {
            unsized &+= 1
            return nil
        }
        let before = scratchUsed
        scratchUsed = start &+ bytes
        return (UnsafeMutableRawPointer(scratch.base + start), before)
    }

    /// Searches for references in storage that the program does not describe.
    ///
    /// A word counts as one if it refers to something with an object's metadata: exact for strings, collections,
    /// objects and optionals of them; an unowned reference cannot be distinguished from a strong one. A number may look
    /// like an address, too: only memory that the kernel reports as private is read, and nothing if it reports nothing.
    @inline(never)
    mutating func scan(_ address: UInt, bytes: UInt) {
        var place = aligned(address, mask: 7)
        while place &+ 8 <= address &+ bytes {
            if place & 4088 == 0, !canRead(place) {
                unsized &+= 1
                return
            }
            let candidate = word(place)
            place &+= 8
            if StringStorage.isInPlace(candidate) { continue }
            let object = candidate & Architecture.addressMask & 0x0FFF_FFFF_FFFF_FFFF
            guard object &- Architecture.leastAddress < (1 << Architecture.addressBits) &- Architecture.leastAddress
            else { continue }
            // The word before an object is read, too: glibc stores the size of the block there.
            guard let isReadable = readable.contain(object &- 8, bytes: 24) else {
                unsized &+= 1
                return
            }
            if !isReadable { continue }
            let isa = word(object)
            if objects.find(isa) != 0 || isMetadataOfObject(isa) { reach(object) }
        }
    }

    mutating func runOwned(_ block: UnsafePointer<OwnedBlock>, at address: UInt) {
        let pointer = word(address)
        let deallocator = block.pointee.deallocatorOffset
        if deallocator != 0 && word(address &+ UInt(bitPattern: deallocator)) != 0 { return }
        guard pointer & 15 == 0, pointer >= Architecture.leastAddress, pointer >> Architecture.addressBits == 0,
            !images.contain(pointer)
        else { return }
        let isNew = marks.insert(pointer)
        guard isNew || isRevisiting || block.pointee.program != nil else { return }
        let usable = blockSize(pointer)
        guard usable != 0 else {
            unsized &+= 1
            return
        }
        if isNew { bytes &+= Int(bitPattern: usable) }
        guard isNew || isRevisiting, let program = block.pointee.program, program.pointee.count > 0 else { return }
        let countAddress = address &+ UInt(bitPattern: block.pointee.countOffset)
        let count = integer(at: countAddress, bytes: block.pointee.countBytes)
        guard count <= usable / UInt(bitPattern: max(1, program.pointee.stride)) else {
            unsized &+= 1
            return
        }
        wait(Cursor(address: pointer, remaining: count, program: program))
    }

    /// Reads an integer of 1, 2, 4 or 8 bytes.
    func integer(at address: UInt, bytes: Int) -> UInt {
        switch bytes {
        case 1: UInt(byte(at: address))
        case 2: UInt(byte(at: address)) | UInt(byte(at: address &+ 1)) << 8
        case 4: UInt(halfWord(address))
        default: word(address)
        }
    }
}
