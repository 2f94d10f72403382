import CTrackingRuntime
import Glibc
import Runtime
import Synchronization
import TrackingRecords

/// Says which function and line an address belongs to.
///
/// Reads the files of the program and its libraries, which takes a tenth of a second the first time, and the runtime
/// keeps what it has read, megabytes of it: only when somebody asks, never where the host allocates nor where samples
/// are taken.
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
    /// Bytes of a file above which functions are named, but not lines: those of a file take as much memory as the file.
    private static let largestFile = 64 << 20

    /// The calls that return to each of the addresses given, innermost first.
    ///
    /// All that are needed at once, because most of the time goes into reading the files once more.
    func frames(at addresses: Set<UInt>) -> [UInt: [TraceFrame]] {
        let generation = ct_image_generation()
        var frames = known.withLock { known in
            // Something else may be at the address of a library that was unloaded.
            if known.generation != generation { known = Known(generation: generation) }
            return known.frames.filter { addresses.contains($0.key) }
        }
        let missing = addresses.filter { frames[$0] == nil }
        guard !missing.isEmpty else { return frames }
        // Not under the lock, because files are read; that two threads read the same is no harm.
        let fresh = Self.symbolize(missing)
        known.withLock { known in
            guard known.generation == generation else { return }
            if known.frames.count + fresh.count > Self.limit { known.frames = [:] }
            known.frames.merge(fresh) { first, _ in first }
        }
        frames.merge(fresh) { first, _ in first }
        return frames
    }

    private static func symbolize(_ addresses: Set<UInt>) -> [UInt: [TraceFrame]] {
        let images = ImageMap.capture()
        var frames: [UInt: [TraceFrame]] = [:]
        var isLarge: [Int: Bool] = [:]
        var (detailed, named): ([UInt], [UInt]) = ([], [])
        for address in addresses {
            guard let index = images.indexOfImage(at: Backtrace.Address(UInt64(address))) else {
                frames[address] = [TraceFrame(address: address)]
                continue
            }
            if isLarge[index] == nil { isLarge[index] = size(of: images[index].path) > largestFile }
            if isLarge[index] == true { named.append(address) } else { detailed.append(address) }
        }
        symbolize(detailed, images, .default, &frames)
        symbolize(named, images, .useSymbolCache, &frames)
        return frames
    }

    private static func symbolize(
        _ addresses: [UInt],
        _ images: ImageMap,
        _ options: Backtrace.SymbolicationOptions,
        _ frames: inout [UInt: [TraceFrame]]
    ) {
        guard !addresses.isEmpty, let backtrace = CompactBacktrace(returnAddresses: addresses).backtrace,
            let symbolicated = backtrace.symbolicated(with: images, options: options)
        else { return }
        for frame in symbolicated.frames {
            let counter = frame.captured.originalProgramCounter
            guard let word = UInt64(counter) else { continue }
            let address = UInt(word)
            let image = images.indexOfImage(at: counter).flatMap { images[$0].name }
            let location = frame.symbol?.sourceLocation
            let described = TraceFrame(
                address: address,
                function: frame.symbol.flatMap { known($0.name) },
                file: location?.path,
                line: location.flatMap { $0.line > 0 ? $0.line : nil },
                image: image.map(fileName)
            )
            frames[address, default: []].append(described)
        }
    }

    /// The runtime has a name for what has none, as in a file that was stripped.
    private static func known(_ name: String) -> String? { name.isEmpty || name == "<unknown>" ? nil : name }

    /// 0 where the file is not there any more.
    private static func size(of path: String?) -> Int {
        var status = stat()
        guard let path, stat(path, &status) == 0 else { return 0 }
        return status.st_size
    }

    /// The name of an image's file, which may have been deleted since.
    private static func fileName(_ name: String) -> String {
        let mark = " (deleted)"
        return name.hasSuffix(mark) ? String(name.dropLast(mark.count)) : name
    }
}
