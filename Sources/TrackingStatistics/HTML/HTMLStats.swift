#if HTML
public import SystemPackage
import TrackingRecords

/// Statistics as a page of HTML.
///
/// ```swift
/// try HTMLStats(contentsOf: "memory.jsonl").createHTML(at: "memory.html", title: "After the load test")
/// ```
///
/// The page is one file that needs no network and no script: charts as SVG with a table behind each, light and dark as
/// the reader's system is. It stays usable with 10,000 snapshots and 500 classes: charts show as much as their width can
/// tell apart, and the smallest and largest values always.
///
/// It needs the package's trait `HTML`.
public final class HTMLStats: Stats {
    /// Writes a page with everything that is known.
    ///
    /// The file is there as a whole or not at all.
    ///
    /// - Parameters:
    ///   - path: The file; one that is there is replaced. A symbolic link is replaced too, never followed.
    ///   - title: What stands above all; the program and its process without one.
    /// - Returns: Itself.
    /// - Throws: ``StatsError/cannotWrite(path:operation:errno:)``.
    @discardableResult
    public func createHTML(at path: FilePath, title: String? = nil) throws(StatsError) -> Self {
        try WholeFile.write(html(title: title), to: path)
        return self
    }

    /// A page with everything that is known.
    ///
    /// - Parameter title: What stands above all; the program and its process without one.
    /// - Returns: The text of the page, of at most some megabytes.
    public func html(title: String? = nil) -> String {
        annotate()
        return Page(self, title: title ?? header.map { "Memory of \($0.program)" } ?? "Memory").html
    }
}
#endif
