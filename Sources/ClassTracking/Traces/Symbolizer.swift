import CTrackingRuntime
import Glibc
import HeapSizing
import Synchronization
import TrackingRecords

/// Says which function and line an address belongs to.
///
/// Reads the files of the program and its libraries, which takes milliseconds, and for as long megabytes of memory: only
/// when somebody asks, never where the host allocates nor where samples are taken. Calls that were inlined are told as
/// the function that they are in. (Swift's own `Runtime` module would know them, but its library makes the stacks of the
/// whole process executable.)
final class Symbolizer: Sendable {
    /// One for the process, whose code is the same for all trackers.
    static let shared = Symbolizer()

    private struct Known {
        var generation: UInt64 = 0
        /// By return address.
        var frames: [UInt: [TraceFrame]] = [:]
    }

    private let known = Mutex(Known())
    /// Addresses that are remembered: some megabytes of text.
    private static let limit = 16_384

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
        var frames: [UInt: [TraceFrame]] = [:]
        var byImage: [LoadedImage: [UInt]] = [:]
        for address in addresses {
            // The call stands before the place it returns to.
            guard address > 0, let image = LoadedImage(containing: address - 1) else {
                frames[address] = [TraceFrame(address: address)]
                continue
            }
            byImage[image, default: []].append(address)
        }
        for (image, addresses) in byImage {
            for frame in symbolize(addresses, image) { frames[frame.address] = [frame] }
        }
        return frames
    }

    private static func symbolize(_ addresses: [UInt], _ image: LoadedImage) -> [TraceFrame] {
        let name = image.path.map(fileName) ?? mainProgram
        let places = addresses.map { UInt64($0 - 1 - image.bias) }
        var functions: [UInt64: String] = [:]
        var lines: [UInt64: ct_line] = [:]
        var texts: [UInt64: String] = [:]
        ImageSymbols.withFile(of: image, at: addresses[0] - 1) { file in
            functions = (try? file.functions(at: places)) ?? [:]
            (lines, texts) = (try? self.lines(at: places, in: file)) ?? ([:], [:])
        }
        return zip(addresses, places)
            .map { address, place in
                // What a library exports is known without its file.
                let symbol = functions[place] ?? ct_exported_symbol(address - 1).map { String(cString: $0) }
                return TraceFrame(
                    address: address,
                    function: symbol.map(FunctionName.readable),
                    file: texts[place],
                    line: lines[place].map { Int($0.line) },
                    image: name
                )
            }
    }

    /// The lines of a file's addresses, with the paths of their sources.
    private static func lines(
        at places: [UInt64],
        in file: borrowing SymbolFile
    ) throws(SymbolFile.Failure) -> (lines: [UInt64: ct_line], paths: [UInt64: String]) {
        let sections = try file.sections(named: [".debug_line", ".debug_line_str", ".debug_str"])
        var wanted = places.sorted().map { ct_line(address: $0, line: 0, directory: nil, file: nil) }
        var paths: [UInt64: String] = [:]
        sections[0]
            .withUnsafeBufferPointer { lines in
                sections[1]
                    .withUnsafeBufferPointer { lineStrings in
                        sections[2]
                            .withUnsafeBufferPointer { strings in
                                ct_find_lines(
                                    ct_section(bytes: lines.baseAddress, count: lines.count),
                                    ct_section(bytes: lineStrings.baseAddress, count: lineStrings.count),
                                    ct_section(bytes: strings.baseAddress, count: strings.count),
                                    &wanted,
                                    wanted.count
                                )
                                for line in wanted {
                                    guard let name = line.file.map(String.init(cString:)) else { continue }
                                    let directory = line.directory.map(String.init(cString:)) ?? ""
                                    paths[line.address] =
                                        name.hasPrefix("/") || directory.isEmpty ? name : directory + "/" + name
                                }
                            }
                    }
            }
        let found = wanted.filter { $0.line > 0 && paths[$0.address] != nil }
        return (Dictionary(found.map { ($0.address, $0) }) { first, _ in first }, paths)
    }

    private static var mainProgram: String { ProcessIdentity.program }

    private static func fileName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}
