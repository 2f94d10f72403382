package import Glibc

/// Device and inode: which file a descriptor or a name means, whatever happened to the other since.
package struct FileIdentity: Equatable, Sendable {
    package var device: UInt
    package var inode: UInt

    package init(_ status: stat) {
        device = status.st_dev
        inode = status.st_ino
    }

    package init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }
}
