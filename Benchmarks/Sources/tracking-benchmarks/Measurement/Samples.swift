import ClassTracking
import Glibc

/// Records like those of a small service, different from one another.
enum Samples {
    static let header = Record(
        .header(
            Header(
                program: "tracking-benchmarks",
                processID: Int(getpid()),
                bootID: "00000000000000000000000000000000",
                startTime: 1_795_000_000,
                interval: 1,
                swiftVersion: "6.3"
            )
        )
    )

    /// The integers of sample number `index`, in the order of the record's fields.
    static func values(_ index: Int) -> InlineArray<16, Int64> {
        let moving = Int64(index % 4099) * 4096
        return [
            1_278_369_792, 1_345_478_656, 61_865_984 + moving, 61_865_984 + moving, 164_929_536, 61_865_984 + moving,
            40_894_464 + moving, 20_971_520, 0, 86_388_736, 139_264, 1_859_584, 37_404_672, 454_656, 0, 9,
        ]
    }

    static func record(_ index: Int) -> Record {
        let values = values(index)
        var memory = ProcessMemory()
        memory.virtualSize = Int(values[0])
        memory.peakVirtualSize = Int(values[1])
        memory.residentSet = Int(values[2])
        memory.peakResidentSet = Int(values[5])
        memory.residentAnonymous = Int(values[6])
        memory.residentFile = Int(values[7])
        memory.residentShared = Int(values[8])
        memory.dataSize = Int(values[9])
        memory.stackSize = Int(values[10])
        memory.executableSize = Int(values[11])
        memory.librarySize = Int(values[12])
        memory.pageTableSize = Int(values[13])
        memory.swapSize = Int(values[14])
        memory.threadCount = Int(values[15])
        let sample = Sample(
            timestamp: Double(index) + 0.000_123,
            wallTime: 1_795_000_000 + Double(index) + 0.000_123,
            memory: memory,
            intervalPeak: Int(values[3]),
            maximumResidentSet: Int(values[4])
        )
        return Record(sequence: index, .sample(sample))
    }
}
