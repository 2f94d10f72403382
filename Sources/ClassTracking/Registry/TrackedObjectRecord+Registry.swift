import CTrackingRuntime
import HeapSizing
import TrackingRecords

extension TrackedObjectRecord {
    /// Creates the record of an object of a registry, without sizes.
    ///
    /// - Parameters:
    ///   - registry: The registry, which converts the times.
    ///   - key: The key of the object.
    ///   - name: The name under which it is tracked.
    ///   - className: The name of its class.
    ///   - address: Its address; 0 if it is dead.
    ///   - resolutionLevel: The number of levels of referents that are sized individually.
    ///   - trace: The id of the stack that created it; 0 if that is not known.
    ///   - dead: The stored data of a dead object.
    init(
        of registry: ObjectRegistry,
        key: UInt64,
        name: String,
        className: String,
        address: UInt,
        resolutionLevel: Int,
        trace: Int,
        dead: ct_dead_object?
    ) {
        let birth = registry.birth(of: key)
        self.init(
            id: key,
            name: name,
            className: className,
            address: address,
            birth: birth,
            // The rate of the ticks may have become more exact since the birth was converted.
            death: dead.map { max(birth, registry.death(of: $0)) }
        )
        self.resolutionLevel = resolutionLevel
        self.trace = trace
    }

    /// Adds the size at a snapshot.
    ///
    /// - Parameters:
    ///   - units: The size, in units of `HeapSizer.unit` bytes.
    ///   - timestamp: The timestamp of the snapshot.
    ///   - detail: The size with its referents, if it is known.
    ///   - blockSize: The bytes of an instance without its referents.
    mutating func addSize(_ units: UInt32, at timestamp: Double, _ detail: SizedObject?, blockSize: Int) {
        let bytes = Int(units) * HeapSizer.unit
        let size = detail ?? SizedObject(name: className, size: bytes, flat: min(bytes, blockSize))
        sizes.append(ObjectSize(timestamp: timestamp, size: size))
    }
}
