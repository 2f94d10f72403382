import CTrackingRuntime
import Glibc
import Synchronization
import TrackingRecords

/// The peaks that each reader of the process has not seen yet.
///
/// Without it, two trackers in one process would miss each other's peaks, because the first reader resets the mark.
final class PeakLedger: Sendable {
    /// The number of readers with a window of their own; further ones have no interval peak.
    static let capacity = 16

    struct Peaks {
        /// The largest resident set since the process began, in bytes.
        private(set) var maximum: Int?
        private var pending = InlineArray<16, Int>(repeating: 0)
        fileprivate var used: UInt16 = 0

        mutating func note(_ mark: Int) {
            maximum = max(maximum ?? 0, mark)
            for slot in 0..<capacity { pending[slot] = max(pending[slot], mark) }
        }

        /// Returns the largest mark since the slot was last read.
        mutating func take(_ slot: Int) -> Int {
            defer { pending[slot] = 0 }
            return pending[slot]
        }

        fileprivate mutating func reserve() -> Int? {
            guard let slot = (0..<capacity).first(where: { used & (1 << $0) == 0 }) else { return nil }
            used |= 1 << UInt16(slot)
            pending[slot] = 0
            return slot
        }
    }

    private static let shared = Atomic<UInt>(0)

    private let process: pid_t
    private let peaks = OrderedMutex(.peakLedger, Peaks())

    private init(process: pid_t) {
        self.process = process
    }

    /// The ledger of this process.
    ///
    /// A forked child gets a new one: its parent's lock may have been held by a thread that does not exist in the
    /// child.
    static var current: PeakLedger {
        let process = ct_process_id()
        while true {
            let bits = shared.load(ordering: .acquiring)
            if let pointer = UnsafeRawPointer(bitPattern: bits) {
                let ledger = Unmanaged<PeakLedger>.fromOpaque(pointer).takeUnretainedValue()
                if ledger.process == process { return ledger }
            }
            // Never released: another thread may be about to use it, and there is one for each process.
            let fresh = Unmanaged.passRetained(PeakLedger(process: process))
            let replacement = UInt(bitPattern: fresh.toOpaque())
            if shared.compareExchange(expected: bits, desired: replacement, ordering: .acquiringAndReleasing).exchanged
            {
                return fresh.takeUnretainedValue()
            }
            fresh.release()
        }
    }

    func reserve() -> Int? { peaks.withLock { $0.reserve() } }

    func release(_ slot: Int) { peaks.withLock { $0.used &= ~(1 << UInt16(slot)) } }

    /// Runs one reading exclusively, so that no other reader resets the mark between its read and its reset.
    func exclusively<Result>(_ body: (inout sending Peaks) -> sending Result) -> sending Result {
        peaks.withLock(body)
    }
}
