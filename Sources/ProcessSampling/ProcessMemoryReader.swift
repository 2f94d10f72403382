import CTrackingRuntime
import Glibc
import SystemPackage
public import TrackingRecords

/// Reads the memory of this process, and its peak since the last reading.
///
/// A reading is one `pread` of a kept descriptor, parsed in place, and one `write` that resets the kernel's high-water
/// mark
/// where it is above the resident set. Nothing is allocated. The mark belongs to the process, not to one reader: all
/// readers of a process share a
/// ledger, so that each of them is told every peak since its own last reading.
public final class ProcessMemoryReader: Sendable {
    /// A reading.
    public struct Reading: Sendable, Equatable {
        /// The figures of the kernel.
        public var memory: ProcessMemory
        /// The largest resident set since this reader's previous reading, in bytes; `nil` while the mark cannot be
        /// reset.
        public var intervalPeak: Int?
        /// The largest resident set since the process began, in bytes.
        public var maximumResidentSet: Int?
    }

    /// Why a reading has no, or only some, figures.
    public enum Failure: Error, Equatable, CustomStringConvertible {
        /// `/proc/self/status` cannot be read.
        case statusUnreadable(errno: Int32)
        /// `/proc/self/clear_refs` cannot be written; peaks between two readings are not seen.
        case peakNotResettable(errno: Int32)

        /// One sentence with the reason.
        public var description: String {
            switch self {
            case .statusUnreadable(let errno):
                "/proc/self/status cannot be read (\(Errno(rawValue: errno))): no memory figures. Is /proc mounted?"
            case .peakNotResettable(let errno):
                "/proc/self/clear_refs cannot be written (\(Errno(rawValue: errno))): the peak between two samples is "
                    + "not known. The process must own the file: it must be dumpable, and the kernel must have "
                    + "CONFIG_PROC_PAGE_MONITOR."
            }
        }
    }

    private let state: OrderedMutex<State>
    private let resetsPeak: Bool

    /// Makes a reader; nothing is opened before the first reading.
    ///
    /// - Parameter resetsPeak: Whether the kernel's high-water mark is reset after each reading. The reset also sets
    ///   back
    ///   what `getrusage` reports as `ru_maxrss`; a host that relies on that figure turns it off, and does without
    ///   ``Reading/intervalPeak``.
    public init(resetsPeak: Bool = true) {
        self.resetsPeak = resetsPeak
        state = OrderedMutex(.memoryReader, State())
    }

    deinit {
        // In a forked child the slot is one of the parent's ledger.
        let slot = state.withLock { $0.process == ct_process_id() ? $0.slot : nil }
        if let slot { PeakLedger.current.release(slot) }
    }

    /// Takes a reading.
    ///
    /// - Parameter failure: What could not be read; the other figures are there all the same.
    /// - Returns: What could be read.
    public func read(failure: inout Failure?) -> Reading {
        state.withLock { state in
            let ledger = PeakLedger.current
            if state.process != ct_process_id() {
                // The first reading, or the first one of a forked child, whose ledger is its own.
                state.process = ct_process_id()
                state.slot = resetsPeak ? ledger.reserve() : nil
            }
            return ledger.exclusively { peaks in
                let (memory, error) = state.readStatus()
                if error != 0 { failure = .statusUnreadable(errno: error) }
                var reading = Reading(memory: memory)
                let mark = memory.peakResidentSet ?? memory.residentSet
                if let mark { peaks.note(mark) }
                reading.maximumResidentSet = peaks.maximum
                guard let slot = state.slot, error == 0 else { return reading }
                // A mark at the resident set itself says the same before and after a reset. Leaving it alone saves the
                // call, and with it the one gap in which a peak can be lost: the reset waits for the host's mmap lock, and
                // wipes out what rose and fell meanwhile.
                let resetError = mark == memory.residentSet && state.canReset ? 0 : state.resetMark()
                state.canReset = resetError == 0
                if resetError == 0 {
                    reading.intervalPeak = peaks.take(slot)
                } else {
                    failure = .peakNotResettable(errno: resetError)
                }
                return reading
            }
        }
    }

    private struct State: ~Copyable {
        var process: pid_t = 0
        var slot: Int?
        /// Whether the last reset worked; the first one is always tried, to know.
        var canReset = false
        private var status = ProcFile(name: "status", flags: O_RDONLY)
        private var clearRefs = ProcFile(name: "clear_refs", flags: O_WRONLY)
        private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)

        deinit {
            buffer.deallocate()
        }

        /// The memory, and 0 or the errno of the failure.
        mutating func readStatus() -> (ProcessMemory, Int32) {
            // The lines we need are in the first 1.5 KiB; a longer file (many supplementary groups) is cut, not torn.
            let count = status.read(into: buffer)
            guard count > 0 else { return (ProcessMemory(), count == 0 ? ENODATA : Int32(-count)) }
            return (StatusParser.parse(UnsafeRawBufferPointer(rebasing: buffer[..<count])), 0)
        }

        /// Sets VmHWM to the current resident set: "5" since Linux 4.0, `proc_pid_clear_refs(5)`.
        mutating func resetMark() -> Int32 {
            let count = clearRefs.write(UInt8(ascii: "5"))
            return count == 1 ? 0 : count == 0 ? EIO : Int32(-count)
        }
    }
}
