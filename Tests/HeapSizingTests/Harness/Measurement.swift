import CTrackingRuntime
import CTrackingTestSupport
import HeapSizing

/// What building, sizing and releasing one value showed.
///
/// Holding it costs no heap between one figure and the next.
struct Measurement {
    /// Bytes that the heap of this thread grew by while the value was built.
    var growth = 0
    /// What a sizer said.
    var size = 0
    /// What a second sizer said.
    var secondSize = 0
    /// What the first sizer said when asked again: it counts every block once.
    var repeatedSize = 0
    /// What a sizer said when handed the object instead of the value; nil when the value is no object.
    var objectSize: Int?
    /// Objects that a sizer could not tell the size of.
    var unsized = 0
    /// Types that a sizer could not look into, as the first building showed.
    var opaqueTypes: [String]?
    /// Bytes left on the heap after the value was released.
    var residue = 0

    var isExact: Bool {
        size == growth && secondSize == size && repeatedSize == 0 && (objectSize ?? size) == size && unsized == 0
            && residue == 0
    }
}

extension Measurement: CustomStringConvertible {
    var description: String {
        var parts = ["size \(size), growth \(growth), difference \(size - growth)"]
        if secondSize != size { parts.append("second sizer \(secondSize)") }
        if repeatedSize != 0 { parts.append("counted again \(repeatedSize)") }
        if let objectSize, objectSize != size { parts.append("as object \(objectSize)") }
        if unsized != 0 { parts.append("unsized \(unsized)") }
        if let opaqueTypes, !opaqueTypes.isEmpty { parts.append("opaque \(opaqueTypes)") }
        if residue != 0 { parts.append("left after release \(residue)") }
        return parts.joined(separator: "; ")
    }
}

/// Builds a value twice and compares the second time what the heap grew by with what sizers say.
///
/// The first time fills the caches of the runtime, of the sizer and of whatever the value is made of. If another test opens or
/// closes a library meanwhile, the sizer reads the libraries again and fills its caches anew, on this thread's heap: then both
/// times are repeated.
@inline(never)
@_optimize(none)
func measure<Value>(
    _ make: () -> Value,
    object: (Value) -> AnyObject? = { _ in nil }
) -> Measurement {
    var result = Measurement()
    var libraries: UInt64
    repeat {
        libraries = ct_image_generation()
        take(make, object, &result)
        take(make, object, &result)
    } while libraries != ct_image_generation()
    return result
}

@inline(never)
@_optimize(none)
private func take<Value>(
    _ make: () -> Value,
    _ object: (Value) -> AnyObject?,
    _ result: inout Measurement
) {
    let before = ctt_thread_live_bytes()
    hold(make(), object, &result, since: before)
    result.residue = Int(ctt_thread_live_bytes() - before)
}

@inline(never)
@_optimize(none)
private func hold<Value>(
    _ value: Value,
    _ object: (Value) -> AnyObject?,
    _ result: inout Measurement,
    since before: Int64
) {
    result.growth = Int(ctt_thread_live_bytes() - before)
    let sizer = HeapSizer()
    result.size = sizer.size(ofValue: value)
    result.repeatedSize = sizer.size(ofValue: value)
    result.unsized = sizer.unsized
    // The names stay: they must be there before the heap is looked at for the second time.
    if result.opaqueTypes == nil { result.opaqueTypes = sizer.opaqueTypes }
    result.secondSize = HeapSizer().size(ofValue: value)
    if let object = object(value) { result.objectSize = HeapSizer().size(of: object) }
}

/// The value itself as an object when its type is a class.
func instance<Value>(_ value: Value) -> AnyObject? {
    Value.self is AnyClass ? unsafeBitCast(value, to: AnyObject.self) : nil
}

/// The same for a value that can only be moved, held by an object.
func measureMovable<Value: ~Copyable>(_ make: () -> Value) -> Measurement {
    measure({ MovableBox(make()) }, object: instance)
}

/// Hides a value from the optimizer, which would lay constant graphs out in the image and objects on the stack.
@inline(never)
@_optimize(none)
func opaque<Value>(_ value: Value) -> Value { value }

/// A string of so many bytes; from 16 on it has storage of its own on the heap.
func text(_ count: Int, of character: Character = "x") -> String {
    String(repeating: opaque(character), count: opaque(count))
}
