import ClassTracking
import Glibc

/// Puts a trap where the second or the third instruction of swift_allocObject begins, as a debugger or a probe does, and
/// carries out itself what stands there: births must be told, and the function do as it did.
///
/// The trap lies within the distance of the jump that the entry has become.
@MainActor
func trapped() -> Int32 {
    #if arch(x86_64)
    let begin: [UInt8] = [0x55, 0x48, 0x89, 0xE5, 0x53]
    guard Array(codeBytes("swift_allocObject").prefix(5)) == begin, let entry = dlsym(nil, "swift_allocObject") else {
        print("swift_allocObject begins otherwise: \(codeBytes("swift_allocObject"))")
        return 77
    }
    Trap.entry = UInt(bitPattern: entry)
    var action = sigaction()
    action.__sigaction_handler.sa_sigaction = { _, _, context in Trap.step(context) }
    action.sa_flags = SA_SIGINFO
    sigaction(SIGTRAP, &action, nil)
    let tracker = ClassTracker(configuration: configuration())
    do {
        try RuntimeHooks.install([.entries])
        try tracker.trackClass(Leaf.self, name: "leaf")
        for offset in [1, 4] {
            // What the traps stand for is in the function's own code, behind the jump that is made of them.
            Trap.write(0xCC, at: offset)
            let before = Trap.hits
            checks.lives("trap at +\(offset)", of: "leaf", tracker) { Leaf() }
            checks.expect("trap at +\(offset): is met", Trap.hits > before)
            Trap.write(begin[offset], at: offset)
            checks.lives("trap at +\(offset), taken away", of: "leaf", tracker) { Leaf() }
        }
        // A probe at the entry itself puts the function's own code back when it goes.
        Trap.write(begin[0], at: 0)
        let told = BirthObservation.refresh()
        checks.expect("own code at the entry: is told", told?.contains("put swift_allocObject") == true)
        checks.lives("own code at the entry", of: "leaf", tracker) { Leaf() }
        checks.expect("own code at the entry: is told once", BirthObservation.refresh() == nil)
        checks.expect("the entry is ours again", codeBytes("swift_allocObject").first == 0xE9)
        Trap.write(0xCC, at: 0)
        checks.expect("trap at the entry: is told", BirthObservation.refresh()?.contains("uprobe") == true)
        checks.expect("trap at the entry: is let alone", codeBytes("swift_allocObject").first == 0xCC)
        Trap.write(0xE9, at: 0)
        tracker.close()
        checks.expect("the entry is as before", Array(codeBytes("swift_allocObject").prefix(5)) == begin)
    } catch {
        checks.expect("tracking", false, "\(error)")
    }
    print(checks.failures == 0 ? "all is well" : "\(checks.failures) failures")
    return checks.failures == 0 ? 0 : 1
    #else
    print("the entry is one instruction, which no trap divides")
    return 77
    #endif
}

#if arch(x86_64)
private enum Trap {
    nonisolated(unsafe) static var entry: UInt = 0
    nonisolated(unsafe) static var hits = 0

    /// Where a context of a signal has its registers, and their numbers (sys/ucontext.h).
    private static let registers = 40
    private static let (framePointer, base, stackPointer, programCounter) = (10, 11, 15, 16)

    /// Does what the instruction does that the trap took the place of; within the handler.
    static func step(_ context: UnsafeMutableRawPointer?) {
        guard let words = context?.advanced(by: registers).assumingMemoryBound(to: UInt.self) else { return }
        hits += 1
        switch words[programCounter] {
        case entry + 1:
            words[stackPointer] -= 8
            UnsafeMutablePointer<UInt>(bitPattern: words[stackPointer])?.pointee = words[framePointer]
        case entry + 2:
            words[framePointer] = words[stackPointer]
            words[programCounter] = entry + 4
        case entry + 5:
            words[stackPointer] -= 8
            UnsafeMutablePointer<UInt>(bitPattern: words[stackPointer])?.pointee = words[base]
        default: _exit(98)
        }
    }

    static func write(_ byte: UInt8, at offset: Int) {
        let memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC)
        defer { close(memory) }
        var byte = byte
        pwrite(memory, &byte, 1, off_t(entry) + off_t(offset))
    }
}
#endif
