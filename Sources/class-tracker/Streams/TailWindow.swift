#if CLI
import ClassTracking

/// The last records of a stream, with the header that applies to them.
struct TailWindow {
    private let limit: Int
    private let isShown: (Record.Kind) -> Bool
    private var records: [StoredRecord] = []
    private var start = 0
    /// The header that applies to the first of the records.
    private var leading: StoredRecord?
    /// The number of records other than headers.
    private(set) var count = 0

    /// Creates an empty window.
    ///
    /// - Parameters:
    ///   - limit: The most records.
    ///   - isShown: Tells which kinds of records count; the others are skipped.
    init(limit: Int, isShown: @escaping (Record.Kind) -> Bool = { _ in true }) {
        self.limit = limit
        self.isShown = isShown
    }

    /// The leading header, followed by the records with the headers between them.
    var all: [StoredRecord] { (leading.map { [$0] } ?? []) + records[start...] }

    mutating func append(_ stored: StoredRecord) {
        guard isShown(stored.record.kind) else { return }
        records.append(stored)
        if stored.record.kind != .header { count += 1 }
        while start < records.count, count > limit || records[start].record.kind == .header {
            if records[start].record.kind == .header { leading = records[start] } else { count -= 1 }
            start += 1
        }
        // Removing each record immediately would move the whole window each time.
        if start > 1024 {
            records.removeFirst(start)
            start = 0
        }
    }
}
#endif
