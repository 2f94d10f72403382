import Testing

@testable import ClassTracking

/// The tables of the registry as objects come and go.
@Suite("Memory of the registry", .processWide)
struct RegistryMemoryTests {
    private final class Subject {
        let number: Int

        init(_ number: Int) { self.number = number }
    }

    @Test("Tables that were outgrown serve the next shards, and are given back by a snapshot")
    func outgrownTables() throws {
        let tracker = ClassTracker()
        defer { tracker.close() }
        try tracker.trackClass(Subject.self, name: "subject")
        var objects: [Subject] = []
        for round in 1...3 {
            // A table that is used again has the slots of another shard in it, if they are not cleared.
            for number in 0..<40_000 { objects.append(Subject(number)) }
            #expect(objects.allSatisfy(tracker.isTracking))
            let registry = try #require(tracker.registry)
            let grown = registry.bytes
            let snapshot = try tracker.createSnapshot()
            #expect(snapshot.classes["subject"]?.active == objects.count)
            // The least of what growing leaves behind: one table of each size below that of a shard. Later there may be room.
            #expect(registry.bytes <= (round == 1 ? grown - 32 * 1024 : grown), "round \(round)")
            objects = objects.enumerated().filter { $0.offset % 5 == 0 }.map(\.element)
            #expect(try tracker.createSnapshot().classes["subject"]?.active == objects.count)
        }
    }
}
