import CTrackingRuntime
import SwiftRuntimeABI
import Synchronization

/// A class as the Swift runtime describes it, whether or not it has been used yet.
struct ClassDescription: Equatable {
    /// The address of the context descriptor, which all specializations of a generic class share.
    let descriptor: UInt
    /// A number that distinguishes it from another class at the same address after its library was unloaded.
    var identity: UInt64 = 0
    /// The name with its module and the enclosing types: `MyApp.Outer.Inner`; a private or local class in parentheses.
    let name: String

    /// The names that a pattern may match: the parentheses of a private class may be omitted.
    var spellings: [String] {
        let plain = name.filter { $0 != "(" && $0 != ")" }
        return plain == name ? [name] : [name, plain]
    }
}

/// All classes of the program and its libraries.
package enum ClassCatalog {
    /// The modules whose classes no pattern matches.
    ///
    /// These are all targets of the package that a service links; a test compares them with the manifest.
    static let ownModules: Set<String> = [
        "ClassTrackerAgentCore", "ClassTracking", "HeapSizing", "ProcessSampling", "RecordReading", "SwiftRuntimeABI",
        "TrackingRecords", "TrackingSinks", "TrackingStatistics",
    ]

    /// The libraries whose classes have been listed.
    ///
    /// It is invalid once a library was unloaded: all libraries are listed again then.
    struct Extent {
        var departures: UInt64 = 0
        var announced = ct_announcements()

        /// Indicates whether it is later than another one, or covers more libraries.
        func isBeyond(_ other: Extent) -> Bool {
            (departures, announced.count) > (other.departures, other.announced.count)
        }
    }

    private static let listed = Atomic(0)

    /// The number of class descriptors listed so far in this process in order to create their names.
    package static var listedClasses: Int { listed.load(ordering: .relaxed) }

    /// Returns the classes that the runtime knows now, except the tracker's own.
    static func classes() -> [ClassDescription] { classes(beyond: Extent()).classes }

    /// Returns the classes of libraries that have not been listed: creating the names of ten thousand classes takes
    /// milliseconds, and a library is loaded under the loader's lock.
    ///
    /// - Returns: The classes, and the libraries that have been listed including these; `nil` if some could not be.
    static func classes(beyond known: Extent) -> (classes: [ClassDescription], extent: Extent?) {
        var guardState = ct_guard()
        // Without a guard, a library that is unloaded meanwhile could end the process.
        guard ct_guard_enter(&guardState) == 0 else { return ([], nil) }
        defer { ct_guard_leave(&guardState) }
        // Before anything is listed: if a library is unloaded meanwhile, the extent is already outdated.
        var extent = Extent(departures: ct_image_departures())
        let isKnown = known.departures == extent.departures
        let descriptors = descriptors(beyond: isKnown ? known.announced : ct_announcements(), &extent.announced)
        guard let descriptors else { return ([], nil) }
        listed.add(descriptors.count, ordering: .relaxed)
        return (describe(descriptors), extent)
    }

    private static func describe(_ descriptors: Set<UInt>) -> [ClassDescription] {
        descriptors
            .compactMap { descriptor in
                guard let path = ContextDescriptor(descriptor).visibleNames, let module = path.first,
                    !ownModules.contains(module)
                else { return nil }
                return ClassDescription(
                    descriptor: descriptor,
                    identity: ct_context_identity(descriptor),
                    name: path.joined(separator: ".")
                )
            }
    }

    /// Lists the descriptors.
    ///
    /// - Returns: `nil` if their number increased with each attempt.
    private static func descriptors(
        beyond known: ct_announcements,
        _ announced: inout ct_announcements
    ) -> Set<UInt>? {
        var found = ct_class_descriptors(nil, 0, known, &announced)
        // Libraries may be loaded between two calls.
        for _ in 0..<8 where found > 0 {
            let capacity = found
            let descriptors = [UInt](unsafeUninitializedCapacity: capacity) { buffer, count in
                found = ct_class_descriptors(buffer.baseAddress, capacity, known, &announced)
                count = min(found, capacity)
            }
            if found <= capacity { return Set(descriptors) }
        }
        return found == 0 ? [] : nil
    }
}
