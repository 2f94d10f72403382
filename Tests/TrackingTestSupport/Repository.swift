package import SystemPackage

/// The files of this repository, for tests that compare texts with code.
package enum Repository {
    /// Its top directory.
    package static let root = FilePath(#filePath).removingLastComponent().removingLastComponent()
        .removingLastComponent()

    /// Returns the text of a file.
    ///
    /// - Parameter path: A path below the top directory.
    /// - Returns: Its text.
    /// - Throws: `Errno`, where it cannot be read.
    package static func text(of path: String) throws -> String {
        try TrackingTestSupport.text(of: root.appending(path))
    }
}
