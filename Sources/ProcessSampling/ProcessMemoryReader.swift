import CTrackingRuntime
import Glibc
import SystemPackage
package import TrackingRecords

/// Reads the memory of this process, and its peak since the last reading.
///
/// A reading is one `pread` of a kept descriptor, parsed in place, and one `write` that resets the kernel's high-water
/// mark if it is above the resident set. Nothing is allocated. The mark belongs to the process, not to one reader: all
/// readers of a process share a ledger, so that each of them receives every peak since its own last reading.
package final class ProcessMemoryReader: Sendable {
    /// A reading.
    package struct Reading: Sendable, Equatable {
        /// The kernel's figures.
        package var memory: ProcessMemory
        /// The largest resident set since this reader's previous reading, in bytes; `nil` if the mark cannot be reset.
        package var intervalPeak: Int?
        /// The largest resident set since the process began, in bytes.
        package var maximumResidentSet: Int?
    }

    /// The reason why a reading has no figures, or only some.
    package enum Failure: Error, Equatable, CustomStringConvertible {
        /// `/proc/self/status` cannot be read.
        case statusUnreadable(errno: Int32)
        /// `/proc/self/clear_refs` cannot be written; peaks between two readings are not seen.
        case peakNotResettable(errno: Int32)

        /// One sentence with the reason.
        package var description: String {
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

    /// Creates a reader; nothing is opened before the first reading.
    ///
    /// - Parameter resetsPeak: Whether the kernel's high-water mark is reset after each reading. This also resets the
    ///   value that `getrusage` reports as `ru_maxrss`; a host that relies on that value turns it off, and has no
    ///   ``Reading/intervalPeak``.
    package init(resetsPeak: Bool = true) {
        self.resetsPeak = resetsPeak
        state = OrderedMutex(.memoryReader, State())
    }

    deinit {
        // In a forked child, the slot belongs to the parent's ledger.
        let slot = state.withLock { $0.process == ct_process_id() ? $0.slot : nil }
        if let slot { PeakLedger.current.release(slot) }
    }

    /// Takes a reading.
    ///
    /// - Parameter failure: Receives the failure to read a part; the other figures are valid all the same.
    /// - Returns: The figures that could be read.
    package func read(failure: inout Failure?) -> Reading {
        state.withLock { state in
            let ledger = PeakLedger.current
            if state.process != ct_process_id() {
                // The first reading, or the first one of a forked child, which has a ledger of its own.
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
                // If the mark equals the resident set, a reset would not change it. Omitting the call also avoids the
                // one gap in which a peak can be lost: the reset waits for the host's mmap lock, and erases a peak that
                // occurs meanwhile.
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
        /// Indicates whether the last reset worked; the first one is always tried, to find out.
        var canReset = false
        private var status = ProcFile(name: "status", flags: O_RDONLY)
        private var clearRefs = ProcFile(name: "clear_refs", flags: O_WRONLY)
        private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)

        deinit {
            buffer.deallocate()
        }

        /// Reads the memory; returns it with 0 or the errno of the failure.
        mutating func readStatus() -> (ProcessMemory, Int32) {
            // The needed lines are in the first 1.5 KiB; a longer file (many supplementary groups) is cut, not torn.
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
