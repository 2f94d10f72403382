import Glibc
package import SystemPackage
import TrackingRecords

/// Lists the files of one rolling file on disk.
package enum RollingFileSet {
    /// Returns the rotated files of `path`, oldest first, then `path` itself if it exists.
    ///
    /// - Parameter path: The active file.
    /// - Returns: Their paths.
    /// - Throws: ``RecordError/cannotOpen(path:errno:)`` when the directory cannot be read.
    package static func files(of path: FilePath) throws(RecordError) -> [FilePath] {
        guard path != "-", let last = path.lastComponent?.string else { return [path] }
        let directory = path.removingLastComponent()
        let names = RollingFileName(active: last)
        let listed = try entries(of: directory.isEmpty ? "." : directory)
        let rotated = listed.compactMap { name in names.parseRotated(name).map { (name, $0) } }
            .sorted { ($0.1.number, $0.1.time) < ($1.1.number, $1.1.time) }
        return rotated.map { directory.appending($0.0) } + (listed.contains(last) ? [path] : [])
    }

    /// Returns the active files in a directory whose rolling files hold records, sorted by name; some may have rotated
    /// files only.
    package static func activeFiles(in directory: FilePath) throws(RecordError) -> [FilePath] {
        var names: Set<String> = []
        for name in try entries(of: directory) where holdsRecords(directory.appending(name)) {
            names.insert(RollingFileName.active(ofRotated: name) ?? name)
        }
        return names.sorted().map { directory.appending($0) }
    }

    /// Indicates whether a file holds records, because a log directory has other files too.
    private static func holdsRecords(_ path: FilePath) -> Bool {
        // Non-blocking, so that a pipe's writer is not waited for.
        guard let file = try? OwnedDescriptor(opening: path.string, O_RDONLY | O_NONBLOCK) else { return false }
        return withUnsafeTemporaryAllocation(byteCount: Header.firstBytes.count, alignment: 1) { buffer in
            (try? file.read(into: buffer)) == buffer.count && buffer.elementsEqual(Header.firstBytes)
        }
    }

    private static func entries(of directory: FilePath) throws(RecordError) -> [String] {
        do throws(Errno) {
            return try OwnedDescriptor(opening: directory.string, O_RDONLY | O_DIRECTORY).names()
        } catch {
            throw .cannotOpen(path: directory.string, errno: error)
        }
    }
}
