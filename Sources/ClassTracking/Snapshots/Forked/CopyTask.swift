import CTrackingRuntime
import Glibc
import HeapSizing
import Synchronization

/// The work of a copy of the process.
///
/// Everything it needs exists before. It does not use malloc, whose locks another thread may have held at the instant
/// of the copy, creates no type metadata and logs nothing; the memory for its walk comes from the kernel. Its results
/// are in shared memory.
struct CopyTask: ~Copyable {
    let registry: ObjectRegistry
    let kinds: KindTable
    let sizer: HeapSizer
    let detailLimit: Int
    /// A number that distinguishes the result from the previous one.
    let number: UInt64
    var memory: MeasurementMemory

    /// The entry point, on a copy of the calling thread, which is the only thread.
    static let run: @convention(c) (UnsafeMutableRawPointer) -> Int32 = { work in
        work.assumingMemoryBound(to: CopyTask.self).pointee.run()
        return 0
    }

    mutating func run() {
        memory.gather(registry, sizer)
        if memory.sums?.totals.hasOverflowed == false {
            memory.size(with: sizer, kinds, detailLimit: detailLimit)
        }
        memory.sums?.totals.unknownTypes = sizer.unknownTypes
        memory.seal(number)
    }

    consuming func takeMemory() -> MeasurementMemory { memory }
}

extension MeasurementMemory {
    private static let endMark: UInt64 = 0x444E_455F_5445_454E

    /// Ends a result with a checksum of its content and a mark.
    func seal(_ number: UInt64) {
        guard let sums else { return }
        sums.totals.checksum = checksum(sums)
        atomicMemoryFence(ordering: .releasing)
        sums.totals.endMark = Self.endMark ^ number
    }

    /// Indicates whether a result is complete and undamaged.
    func isWhole(_ number: UInt64) -> Bool {
        guard let sums, sums.totals.endMark == Self.endMark ^ number, hasPlausibleCounts(sums.totals) else {
            return false
        }
        return sums.totals.checksum == checksum(sums)
    }

    private func hasPlausibleCounts(_ totals: KindSums.Totals) -> Bool {
        (0...objects.count).contains(totals.count)
            && (totals.sizedCount == 0 || totals.sizedCount == totals.count)
            && totals.sizedCount <= sizes.count && (0...pieces.count).contains(totals.pieceCount)
            && (0...Int(CT_KINDS)).contains(totals.kinds) && (0...Int(CT_KINDS)).contains(totals.countedKinds)
            && (0...OtherClasses.limit).contains(totals.otherCount)
    }

    private func checksum(_ sums: KindSums) -> UInt64 {
        var totals = sums.totals
        totals.checksum = 0
        totals.endMark = 0
        var sum = withUnsafeBytes(of: &totals) { ct_checksum(0, $0.baseAddress, $0.count) }
        sum = Self.checksum(sum, objects, totals.count)
        sum = Self.checksum(sum, sizes, totals.sizedCount)
        sum = Self.checksum(sum, pieces, totals.pieceCount)
        sum = Self.checksum(sum, sums.counts, totals.countedKinds)
        sum = Self.checksum(sum, sums.sums, totals.kinds)
        sum = ct_checksum(sum, sums.others, totals.otherCount * MemoryLayout<UInt>.stride)
        return ct_checksum(sum, tree.written.baseAddress, tree.written.count)
    }

    private static func checksum<Element: BitwiseCopyable>(
        _ sum: UInt64,
        _ elements: UnsafeMutableBufferPointer<Element>,
        _ count: Int
    ) -> UInt64 {
        ct_checksum(sum, elements.baseAddress, count * MemoryLayout<Element>.stride)
    }
}
