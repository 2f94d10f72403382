import ClassTracking
import Glibc

/// What was found, one line a promise.
struct Checks {
    private(set) var failures = 0

    mutating func expect(_ name: String, _ holds: Bool, _ detail: @autoclosure () -> String = "") {
        if !holds { failures += 1 }
        print(holds ? "ok \(name)" : "FAILED \(name) \(detail())")
    }

    /// Makes objects and lets them go: all births and deaths must have been told.
    mutating func lives(_ name: String, of registered: String, _ tracker: ClassTracker, _ make: () throws -> AnyObject)
    {
        do {
            let before = tracker.index[registered] ?? []
            var objects: [AnyObject] = []
            for _ in 0..<3 { objects.append(try make()) }
            let living = tracker.index[registered]?.filter { $0.death == nil } ?? []
            let seen = Set(living.map(\.address))
            // Of NSNumber and such there may be more than were asked for.
            let addresses = Set(objects.map { UInt(bitPattern: Unmanaged.passUnretained($0).toOpaque()) })
            expect(
                "\(name): born",
                addresses.isSubset(of: Set(seen.map(UInt.init))),
                "\(addresses.count) of \(living.count)"
            )
            objects = []
            let dead = (tracker.index[registered] ?? []).count { $0.death != nil } - before.count { $0.death != nil }
            expect("\(name): dead", dead >= 3, "\(dead)")
        } catch {
            expect(name, false, "\(error)")
        }
    }
}

/// The bytes of a function's beginning.
func codeBytes(_ name: String) -> [UInt8] {
    guard let address = dlsym(nil, name) else { return [] }
    return Array(UnsafeRawBufferPointer(start: address, count: 16))
}
