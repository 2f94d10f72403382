// A copy of the tracker, in a library or in the program: copies-test.sh links it with several builds of the tracker.

import ClassTracking
import Glibc
import SystemPackage

nonisolated(unsafe) private var tracker: ClassTracker?

/// Tracks a class and takes samples, to a file; returns 1 where the copy stands back, and prints why.
@_cdecl("copy_start")
public func start(_ type: UnsafeRawPointer, _ path: UnsafePointer<CChar>) -> Int32 {
    var configuration = ClassTracker.Configuration()
    configuration.journal.enabled = false
    configuration.file = RollingFileConfiguration(path: FilePath(String(cString: path)))
    let ours = ClassTracker(configuration: configuration)
    do {
        // Of the copies whose file has this in its name: where the system lets nobody change code, births are seen by slots.
        if let slots = getenv("COPIES_SLOTS"), strstr(path, slots) != nil { try RuntimeHooks.install([.slots]) }
        try ours.trackClass(unsafeBitCast(type, to: AnyClass.self), name: "tracked")
        try ours.startPeriodicSnapshots(interval: .milliseconds(20))
    } catch {
        print("stands back: \(error)")
        return 1
    }
    tracker = ours
    return 0
}

/// Ends it all.
@_cdecl("copy_stop")
public func stop() {
    tracker?.close()
    tracker = nil
}
