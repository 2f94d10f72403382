import CTrackingRuntime
import HeapSizing
import TrackingRecords

extension TrackedObjectRecord {
    /// Makes the record of an object of a registry, without sizes.
    ///
    /// - Parameters:
    ///   - registry: The registry, which knows the times.
    ///   - key: The key of the object.
    ///   - name: The name that it was announced under.
    ///   - className: The name of its class.
    ///   - address: Its address; 0 where it is dead.
    ///   - resolutionLevel: The number of levels of referents that are sized one by one.
    ///   - trace: The id of the stack that it was created on; 0 where that is not known.
    ///   - dead: What is kept of it where it is dead.
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
            // The scale of the ticks may have become more exact since the birth was converted.
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
    ///   - detail: The size with its referents, where it is known.
    ///   - blockSize: The bytes of an instance without what it refers to.
    mutating func addSize(_ units: UInt32, at timestamp: Double, _ detail: SizedObject?, blockSize: Int) {
        let bytes = Int(units) * HeapSizer.unit
        let size = detail ?? SizedObject(name: className, size: bytes, flat: min(bytes, blockSize))
        sizes.append(ObjectSize(timestamp: timestamp, size: size))
    }
}
