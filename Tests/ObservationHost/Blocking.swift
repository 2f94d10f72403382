import ClassTracking
import Glibc
import TrackingTestSupport

/// Storage of which nobody tells how much is in use, so that words in it are taken for references if they look like it.
private final class Storage: ManagedBuffer<Int, AnyObject?> {}

private final class Holder {
    let storage = Storage.create(minimumCapacity: 4) { _ in 0 }
}

private final class Held { var text = String(repeating: "x", count: 100) }

/// Keeps an object on the heap, which the optimiser would otherwise make on the stack.
@MainActor private var kept: AnyObject?

/// Sizes an object with an address in it that cannot be read before another thread fills the page, which none does.
@MainActor
func block() throws {
    let size = 1 << 20
    guard let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
        memory != MAP_FAILED,
        registerFaults(memory, size)
    else {
        print("skipped: no faults can be handled in user space")
        exit(77)
    }
    let tracker = ClassTracker(configuration: configuration())
    try tracker.trackClass(Holder.self)
    let holder = Holder()
    kept = holder
    holder.storage.withUnsafeMutablePointerToElements { elements in
        let words = UnsafeMutableRawPointer(elements)
        for index in 0..<4 { words.storeBytes(of: 0, toByteOffset: index * 8, as: UInt.self) }
        (elements + 1).initialize(to: Held())
        words.storeBytes(of: UInt(bitPattern: memory) + 4096 + 64, as: UInt.self)
    }
    for isolation in [Snapshot.Isolation.inProcess, .forked] {
        let snapshot = try tracker.createSnapshot(isolation: isolation)
        let size = snapshot.classes.first?.value.sum ?? 0
        checks.expect("what is held is found, \(isolation)", size > 250, "\(size) bytes")
    }
    kept = nil
    tracker.close()
}

/// Has each first access to memory wait for a page (userfaultfd(2)).
private func registerFaults(_ memory: UnsafeMutableRawPointer, _ size: Int) -> Bool {
    let (new, api, register) = (UInt(0xAA00), UInt(0xC018_AA3F), UInt(0xC020_AA00))
    let descriptor = ioctl(open("/dev/userfaultfd", O_RDWR | O_CLOEXEC), new, O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    var version: (UInt64, UInt64, UInt64) = (0xAA, 0, 0)
    guard ioctl(descriptor, api, &version) == 0 else { return false }
    var range: (UInt64, UInt64, UInt64, UInt64) = (UInt64(UInt(bitPattern: memory)), UInt64(size), 1, 0)
    return ioctl(descriptor, register, &range) == 0
}
