import Glibc

/// Opens a library on a thread of its own.
///
/// - Returns: The library, and the bytes of stack that this took.
func openOnPaintedStack(_ path: String) -> (handle: UnsafeMutableRawPointer?, stack: Int) {
    struct Opening {
        let path: UnsafeMutablePointer<CChar>?
        var handle: UnsafeMutableRawPointer?
    }
    let size = 512 << 10
    let paint: UInt8 = 0xA5
    let stack = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 1 << 14)
    let opening = UnsafeMutablePointer<Opening>.allocate(capacity: 1)
    opening.initialize(to: Opening(path: strdup(path), handle: nil))
    defer {
        free(opening.pointee.path)
        opening.deallocate()
        stack.deallocate()
    }
    memset(stack, Int32(paint), size)
    let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
    pthread_attr_init(attributes)
    pthread_attr_setstack(attributes, stack, size)
    defer {
        pthread_attr_destroy(attributes)
        attributes.deallocate()
    }
    var thread: pthread_t = 0
    let failure = pthread_create(
        &thread,
        attributes,
        { context in
            let opening = context?.assumingMemoryBound(to: Opening.self)
            opening?.pointee.handle = opening?.pointee.path.flatMap { dlopen($0, RTLD_NOW | RTLD_LOCAL) }
            return nil
        },
        opening
    )
    precondition(failure == 0)
    pthread_join(thread, nil)
    let unused = UnsafeRawBufferPointer(start: stack, count: size).prefix { $0 == paint }.count
    return (opening.pointee.handle, size - unused)
}
