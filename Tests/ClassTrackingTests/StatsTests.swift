import ClassTracking
import Testing

extension ProcessWideTests {
    @Suite("Statistics of a tracker")
    struct StatsTests {
        private final class Leaf {
            let bytes = [UInt8](repeating: 0, count: 1000)
        }
    }
}
