import ClassTracking
import Glibc

/// Starts the shared tracker for a program that knows nothing of it; called once, before its `main`.
///
/// When the program ends in order, the last sample and what is on its way are written first, for which it waits at most as
/// long as ``ClassTracker/stopPeriodicSnapshots()`` does.
///
/// - Returns: 0 when the tracker runs. Why it does not is in the journal.
@_cdecl("class_tracker_agent_start")
public func startPreloadedAgent() -> Int32 {
    guard case .started = ClassTracker.startPreloaded() else { return 1 }
    atexit { ClassTracker.shared.stopPeriodicSnapshots() }
    return 0
}
