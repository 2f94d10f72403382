import ClassTracking

/// Starts the shared tracker for a program that knows nothing of it; called once, before its `main`.
///
/// - Returns: 0 when the tracker runs. Why it does not is in the journal.
@_cdecl("class_tracker_agent_start")
public func startPreloadedAgent() -> Int32 {
    if case .started = ClassTracker.startPreloaded() { 0 } else { 1 }
}
