import CTrackingRuntime
import Testing
import TrackingTestSupport

@testable import ClassTracking

@Suite("Order of announcement")
struct AnnouncementOrderTests {
    private func sorted(_ keys: [UInt64]) -> [UInt64] {
        var objects = keys.map { ct_object(key: $0, place: $0 &* 3, trace: 0, reserved: 0) }
        return objects.withUnsafeMutableBufferPointer { buffer in
            var order = AnnouncementOrder(expected: keys.count)
            // As they come: by shards, of which any may be empty.
            var start = 0
            for end in [keys.count / 3, keys.count / 3, keys.count / 2, keys.count] {
                order.note(UnsafeMutableBufferPointer(rebasing: buffer[start..<end]))
                start = end
            }
            var pieces = [AnnouncementOrder.Piece](
                repeating: AnnouncementOrder.Piece(start: 0, end: 0),
                count: AnnouncementOrder.limit(expected: keys.count)
            )
            if let found = pieces.withUnsafeMutableBufferPointer({ order.pieces(of: buffer, into: $0) }) {
                #expect(pieces.prefix(found).allSatisfy { !$0.range.isEmpty })
                return pieces.prefix(found).flatMap { buffer[$0.range].map(\.key) }
            }
            guard let other = AnnouncementOrder.sort(buffer) else {
                #expect(buffer.allSatisfy { $0.place == $0.key &* 3 })
                return buffer.map(\.key)
            }
            defer { PageMemory.unmap(other) }
            #expect(other.allSatisfy { $0.place == $0.key &* 3 })
            return other.map(\.key)
        }
    }

    @Test("Whatever runs there are, the result is sorted", arguments: 0..<60)
    func runs(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var keys = (0..<UInt64.random(in: 0...5000, using: &generator))
            .map { $0 * 256 + UInt64.random(in: 0...255, using: &generator) }
        let ordered = keys
        // From one run to as many as objects.
        switch seed % 4 {
        case 0: break
        case 1:
            // Runs that change places.
            let cut = keys.isEmpty ? 0 : Int.random(in: 0..<keys.count, using: &generator)
            keys = Array(keys[cut...] + keys[..<cut])
        case 2:
            // Runs that overlap.
            let runs = Int.random(in: 2...20, using: &generator)
            var parts = [[UInt64]](repeating: [], count: runs)
            for key in keys { parts[Int.random(in: 0..<runs, using: &generator)].append(key) }
            keys = Array(parts.joined())
        default: keys.shuffle(using: &generator)
        }
        #expect(sorted(keys) == ordered)
    }
}
