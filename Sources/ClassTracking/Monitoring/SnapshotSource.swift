/// The reason for which the tracker takes a snapshot by itself.
enum SnapshotOccasion {
    /// A tick of the periodic timer.
    case timer
    /// A spike that has to be explained.
    case spike
}

/// The tracked objects, as a run of the periodic timer sees them.
///
/// The tracker owns the run. The run refers to the tracker by this protocol, and weakly.
protocol SnapshotSource: AnyObject, Sendable {
    /// The tracked objects; `nil` before the first one.
    var registry: ObjectRegistry? { get }
    /// The snapshots that are kept with their counts, oldest first.
    var countedSnapshots: [CountedSnapshot] { get }

    /// Takes a snapshot, which is kept and published like others.
    ///
    /// - Parameters:
    ///   - occasion: The reason for it.
    ///   - skipped: The number of periodic snapshots that were left out before it.
    func takeSnapshot(_ occasion: SnapshotOccasion, skipped: Int)
}
