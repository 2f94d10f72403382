internal import CTrackingRuntime
internal import Glibc

/// A file that is loaded into this process.
package struct LoadedImage: Hashable {
    /// The difference between an address in memory and the address in the file.
    package let bias: UInt
    /// The path of the file; `nil` for the main program.
    package let path: String?
    /// The build id; `nil` if the linker was told to leave it out.
    let buildID: [UInt8]?

    /// Makes an image from its parts.
    package init(bias: UInt, path: String?, buildID: [UInt8]?) {
        self.bias = bias
        self.path = path
        self.buildID = buildID
    }

    /// Finds the image that contains `address`; `nil` if there is none.
    package init?(containing address: UInt) {
        var file = ct_image_file()
        let path: String? = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
            guard let base = buffer.baseAddress, ct_image_file_at(address, &file, base, buffer.count) == 0 else {
                return nil
            }
            return String(cString: base)
        }
        guard let path else { return nil }
        bias = file.bias
        self.path = file.is_main != 0 ? nil : path
        buildID = file.build_id.map { Array(UnsafeBufferPointer(start: $0, count: file.build_id_length)) }
    }
}
