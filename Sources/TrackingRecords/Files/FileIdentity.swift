package import Glibc

/// Device and inode, which identify the file of a descriptor or a name at one moment.
package struct FileIdentity: Equatable, Sendable {
    package var device: UInt
    package var inode: UInt

    package init(device: UInt, inode: UInt) {
        self.device = device
        self.inode = inode
    }

    package init(_ status: stat) {
        self.init(device: status.st_dev, inode: status.st_ino)
    }
}
