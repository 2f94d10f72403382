#if HTML
public import SystemPackage
import TrackingRecords

/// Statistics as a page of HTML.
///
/// ```swift
/// try HTMLStats(contentsOf: "memory.jsonl").createHTML(at: "memory.html", title: "After the load test")
/// ```
///
/// The page is one file that needs no network and no script. Its charts are SVG with a table each; its colors are light or
/// dark like those of the reader's system. It stays usable with 10,000 snapshots and 500 classes: charts show no more
/// values than their width can tell apart, always with the smallest and the largest ones.
///
/// Pages need the trait `HTML` of the package.
public final class HTMLStats: Stats {
    /// Loads the runs in a file, in the order in which they began.
    ///
    /// - Parameter path: As ``Stats/loadStats(from:)`` takes it.
    /// - Returns: The statistics of each run.
    /// - Throws: ``StatsError``.
    public static func runs(contentsOf path: FilePath) throws(StatsError) -> [HTMLStats] {
        try contents(ofRunsIn: path).map { HTMLStats($0) }
    }

    /// Writes a page with all data.
    ///
    /// The file is complete or absent at any time.
    ///
    /// - Parameters:
    ///   - path: The file. An existing file is replaced; a symbolic link is replaced too, never followed.
    ///   - title: The title of the page; `nil` is "Memory of" and the program.
    /// - Returns: The statistics themselves.
    /// - Throws: ``StatsError`` with the code ``StatsError/Code/cannotWrite``.
    @discardableResult
    public func createHTML(at path: FilePath, title: String? = nil) throws(StatsError) -> Self {
        try WholeFile.write(html(title: title), to: path)
        return self
    }

    /// Creates a page with all data.
    ///
    /// - Parameter title: The title of the page; `nil` is "Memory of" and the program.
    /// - Returns: The text of the page, which takes a few megabytes at most.
    public func html(title: String? = nil) -> String {
        annotate()
        return Page(self, title: title ?? header.map { "Memory of \($0.program)" } ?? "Memory").html
    }
}
#endif
