import CTrackingRuntime
import Runtime
import Synchronization
import TrackingRecords

/// Says which function and line an address belongs to.
///
/// Reads the files of the program and its libraries and takes milliseconds the first time: never where the host
/// allocates, nor where samples are taken.
final class Symbolizer: Sendable {
    /// One for the process, whose code is the same for all trackers.
    static let shared = Symbolizer()

    private struct Known {
        var generation: UInt64 = 0
        /// By return address; several where calls were inlined, innermost first.
        var frames: [UInt: [TraceFrame]] = [:]
    }

    private let known = Mutex(Known())
    /// Addresses that are remembered: some megabytes of text.
    private static let limit = 16_384

    /// The calls that return to the addresses given, innermost first.
    func frames(at addresses: [UInt]) -> [TraceFrame] {
        let generation = ct_image_generation()
        let found = known.withLock { known in
            // Something else may be at the address of a library that was unloaded.
            if known.generation != generation { known = Known(generation: generation) }
            return addresses.map { known.frames[$0] }
        }
        var missing: Set<UInt> = []
        for (address, frames) in zip(addresses, found) where frames == nil { missing.insert(address) }
        guard !missing.isEmpty else { return found.flatMap { $0 ?? [] } }
        // Not under the lock, because files are read; that two threads read the same is no harm.
        let fresh = Self.symbolize(Array(missing))
        known.withLock { known in
            guard known.generation == generation else { return }
            if known.frames.count + fresh.count > Self.limit { known.frames = [:] }
            known.frames.merge(fresh) { first, _ in first }
        }
        return zip(addresses, found)
            .flatMap { address, frames in
                frames ?? fresh[address] ?? [TraceFrame(address: address)]
            }
    }

    private static func symbolize(_ addresses: [UInt]) -> [UInt: [TraceFrame]] {
        let images = ImageMap.capture()
        guard let backtrace = CompactBacktrace(returnAddresses: addresses).backtrace,
            let symbolicated = backtrace.symbolicated(with: images)
        else { return [:] }
        var frames: [UInt: [TraceFrame]] = [:]
        for frame in symbolicated.frames {
            let counter = frame.captured.originalProgramCounter
            guard let address = UInt(counter) else { continue }
            let symbol = frame.symbol
            let location = symbol?.sourceLocation
            let image = images.indexOfImage(at: counter).flatMap { images[$0].name } ?? symbol?.imageName
            frames[address, default: []]
                .append(
                    TraceFrame(
                        address: address,
                        function: symbol.flatMap { $0.name.isEmpty ? nil : $0.name },
                        file: location?.path,
                        line: location.flatMap { $0.line > 0 ? $0.line : nil },
                        image: image.map(fileName)
                    )
                )
        }
        return frames
    }

    /// The name of an image's file, which may have been deleted since.
    private static func fileName(_ name: String) -> String {
        let mark = " (deleted)"
        return name.hasSuffix(mark) ? String(name.dropLast(mark.count)) : name
    }
}

extension UInt {
    fileprivate init?(_ address: Backtrace.Address) {
        guard let value = UInt64(address) else { return nil }
        self.init(value)
    }
}
