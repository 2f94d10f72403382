import TrackingTestSupport

/// The word in front of a class's metadata by which the runtime destroys an instance.
func destroyWord(of type: AnyClass) -> UInt {
    guard let metadata = UnsafeRawPointer(bitPattern: unsafeBitCast(type, to: UInt.self)) else { stop("no metadata") }
    return (metadata - 16).load(as: UInt.self)
}
