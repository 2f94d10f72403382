import Synchronization
import Testing

@testable import TrackingRecords

@Suite("Times of a stream")
struct StreamClockTests {
    /// Clocks that a test sets.
    private final class Clocks: Sendable {
        let reading = Mutex(StreamClock.Reading(boot: 5_000_000_000, real: 1_000_000_000_000))

        func pass(boot: Double, real: Double) {
            reading.withLock {
                $0.boot += Int64(boot * 1e9)
                $0.real += Int64(real * 1e9)
            }
        }
    }

    @Test("A clock set back does not make wall times go back")
    func setBack() {
        let clocks = Clocks()
        let clock = StreamClock { clocks.reading.withLock { $0 } }
        clocks.pass(boot: 10, real: 10)
        #expect(clock.now() == StreamClock.Moment(timestamp: 10, wallTime: 1010, clockBehind: nil))
        clocks.pass(boot: 1, real: 1 - 3600)
        #expect(clock.now() == StreamClock.Moment(timestamp: 11, wallTime: 1011, clockBehind: 3600))
        clocks.pass(boot: 1, real: 1)
        #expect(clock.now() == StreamClock.Moment(timestamp: 12, wallTime: 1012, clockBehind: 3600))
    }

    @Test("A clock set forward is followed")
    func setForward() {
        let clocks = Clocks()
        let clock = StreamClock { clocks.reading.withLock { $0 } }
        clocks.pass(boot: 1, real: 3601)
        #expect(clock.now() == StreamClock.Moment(timestamp: 1, wallTime: 4601, clockBehind: nil))
    }

    @Test("Suspended time counts")
    func suspended() {
        let before = StreamClock.Reading.now()
        let after = StreamClock.Reading.now()
        #expect(after.boot >= before.boot)
        let clocks = Clocks()
        let clock = StreamClock { clocks.reading.withLock { $0 } }
        clocks.pass(boot: 28_800, real: 28_800)
        #expect(clock.now().timestamp == 28_800)
    }
}
