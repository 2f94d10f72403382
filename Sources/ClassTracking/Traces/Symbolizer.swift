import CTrackingRuntime
import Glibc
import SwiftRuntimeABI
import TrackingRecords

/// Finds the function and the line of an address.
///
/// Reads the files of the program and its libraries, which takes milliseconds, and during that time megabytes of
/// memory: only on request, never where the host allocates nor where samples are taken. (Swift's own `Runtime` module
/// does the same, but its library makes the stacks of the whole process executable.)
final class Symbolizer: Sendable {
    /// The only instance in the process, whose code is the same for all trackers.
    static let shared = Symbolizer()

    private struct Known {
        var generation: UInt64 = 0
        /// The known frames by return address.
        var frames: [UInt: [TraceFrame]] = [:]
        /// The number of frames: inlined calls have the same address.
        var count = 0
    }

    private let known = OrderedMutex(.symbolizer, Known())
    /// The number of frames that are cached: some megabytes of text.
    private static let limit = 16_384

    /// Returns the calls that return to each of the given addresses, innermost first: inlined ones, and the one of the
    /// enclosing function.
    ///
    /// Pass all addresses at once, because most of the time is spent reading the files again.
    func frames(at addresses: Set<UInt>) -> [UInt: [TraceFrame]] {
        let generation = ct_image_generation()
        var frames = known.withLock { known in
            // Other code may be at the address of a library that was unloaded.
            if known.generation != generation { known = Known(generation: generation) }
            return known.frames.filter { addresses.contains($0.key) }
        }
        let missing = addresses.filter { frames[$0] == nil }
        guard !missing.isEmpty else { return frames }
        // Not under the lock, because files are read; two threads may read the same file without harm.
        let fresh = Self.symbolize(missing)
        known.withLock { known in
            guard known.generation == generation else { return }
            let count = fresh.values.reduce(0) { $0 + $1.count }
            if known.count + count > Self.limit { known = Known(generation: generation) }
            known.count += count
            known.frames.merge(fresh) { first, _ in first }
        }
        frames.merge(fresh) { first, _ in first }
        return frames
    }

    private static func symbolize(_ addresses: Set<UInt>) -> [UInt: [TraceFrame]] {
        var frames: [UInt: [TraceFrame]] = [:]
        var byImage: [LoadedImage: [UInt]] = [:]
        for address in addresses {
            // The call precedes its return address.
            guard address > 0, let image = LoadedImage(containing: address - 1) else {
                frames[address] = [TraceFrame(address: address)]
                continue
            }
            byImage[image, default: []].append(address)
        }
        for (image, addresses) in byImage {
            frames.merge(symbolize(addresses, image)) { first, _ in first }
        }
        return frames
    }

    private static func symbolize(_ addresses: [UInt], _ image: LoadedImage) -> [UInt: [TraceFrame]] {
        let name = image.path.map(fileName) ?? mainProgram
        let places = addresses.map { UInt64($0 - 1 - image.bias) }
        var functions: [UInt64: String] = [:]
        var calls: [UInt64: [SourceCall]] = [:]
        ImageSymbols.withFile(of: image, at: addresses[0] - 1) { file in
            functions = (try? file.functions(at: places)) ?? [:]
            calls = (try? SourceCall.calls(at: places, in: file)) ?? [:]
        }
        var readable: [String: String] = [:]
        var frames: [UInt: [TraceFrame]] = [:]
        for (address, place) in zip(addresses, places) {
            // A function that a library exports is known without its file.
            let function = functions[place] ?? ct_exported_symbol(address - 1).map { String(cString: $0) }
            frames[address] = (calls[place] ?? [SourceCall()])
                .map { call in
                    let symbol = call.isInlined ? call.function : function
                    if let symbol, readable[symbol] == nil { readable[symbol] = FunctionName.readable(symbol) }
                    return TraceFrame(
                        address: address,
                        function: symbol.flatMap { readable[$0] },
                        file: call.file,
                        line: call.line,
                        image: name
                    )
                }
        }
        return frames
    }

    private static var mainProgram: String { ProcessIdentity.program }

    private static func fileName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}
