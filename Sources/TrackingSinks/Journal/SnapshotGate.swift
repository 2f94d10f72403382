import TrackingRecords

/// Chooses the snapshots that are sent, and the classes of those.
struct SnapshotGate {
    /// The number of classes of a snapshot that are sent, those with the most bytes.
    static let classLimit = 32

    private let interval: Double
    private var sentAt = -Double.infinity
    /// The snapshot whose classes are being sent.
    private var number = 0
    private var left = 0

    /// Creates a gate.
    ///
    /// - Parameter interval: The seconds between two periodic snapshots that are sent; 0 sends each.
    init(interval: Double) {
        self.interval = interval
    }

    /// Indicates whether a snapshot is sent.
    mutating func admits(_ snapshot: Snapshot) -> Bool {
        if snapshot.isPeriodic {
            // With the same tolerance as for samples: jitter must not skip every other one.
            guard snapshot.timestamp - sentAt >= interval - min(interval, 1) * 0.05 else { return false }
            sentAt = snapshot.timestamp
        }
        number = snapshot.number
        left = Self.classLimit
        return true
    }

    /// Indicates whether a class is sent; classes follow their snapshot, the largest first.
    mutating func admits(_ size: ClassSizeRecord) -> Bool {
        guard size.snapshot == number, left > 0 else { return false }
        left -= 1
        return true
    }
}
