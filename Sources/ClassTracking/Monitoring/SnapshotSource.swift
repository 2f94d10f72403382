/// The reason for which the tracker itself takes a snapshot.
enum SnapshotOccasion {
    /// A tick of the periodic timer.
    case timer
    /// A spike that has to be explained.
    case spike
}

/// The tracked objects, as a run of the periodic timer uses them.
///
/// The tracker owns the run. The run refers to the tracker through this protocol, weakly.
protocol SnapshotSource: AnyObject, Sendable {
    /// The tracked objects; `nil` before the first one.
    var registry: ObjectRegistry? { get }
    /// The stored snapshots that have counts, oldest first.
    var countedSnapshots: [CountedSnapshot] { get }

    /// Takes a snapshot, which is stored and published like others.
    ///
    /// - Parameters:
    ///   - occasion: The reason.
    ///   - skipped: The number of periodic snapshots that were skipped before it.
    func takeSnapshot(_ occasion: SnapshotOccasion, skipped: Int)
}
