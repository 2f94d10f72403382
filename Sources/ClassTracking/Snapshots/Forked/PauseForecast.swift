import TrackingRecords

/// Predicts how long the kernel takes to copy the process.
///
/// It copies the entries of its page tables, one for each page of private memory, and protects each page from being written.
/// So the time goes with the resident pages, by a factor that depends on the machine and is taken from the last copy.
struct PauseForecast {
    /// Seconds for a process of any size: locks, descriptors, mappings.
    private static let fixed = 0.0003
    /// Seconds for a page of 4 KiB, where nothing else is known: 26 ms for a GiB.
    private static let usual = 100e-9
    /// What is measured is taken for true within these.
    private static let plausible = 5e-9...2e-6
    /// Fewer pages say nothing about the factor.
    private static let least = 4096

    private(set) var secondsPerPage = usual

    /// The pages that a copy would share.
    static func pages(of memory: ProcessMemory) -> Int? {
        guard let resident = memory.residentAnonymous ?? memory.residentSet else { return nil }
        return (resident + (memory.swapSize ?? 0)) / 4096
    }

    /// Seconds that a copy is going to take.
    func pause(pages: Int) -> Double { Self.fixed + Double(pages) * secondsPerPage }

    /// Takes note of how long one took.
    mutating func note(pause: Double, pages: Int) {
        guard pages >= Self.least else { return }
        let measured = max(0, pause - Self.fixed) / Double(pages)
        secondsPerPage = min(max(measured, Self.plausible.lowerBound), Self.plausible.upperBound)
    }

    /// Comes nearer to what is usual: where the last copy was slow because the machine was busy, none would be made any more,
    /// and nothing be learnt.
    mutating func forget() {
        if secondsPerPage > Self.usual { secondsPerPage -= (secondsPerPage - Self.usual) / 8 }
    }
}

/// What a copy of the process may cost in memory.
///
/// Pages are shared until one side writes. At worst the process writes all of its own while the copy lives, so that each is
/// there twice; the page tables are there twice at once. The copy adds the marks of its walk, one bit for 16 bytes.
struct CopyCost {
    /// Bytes that could be needed.
    let resident: Int
    /// Bytes that the kernel has to promise.
    let promised: Int

    init?(_ memory: ProcessMemory) {
        guard let anonymous = memory.residentAnonymous ?? memory.residentSet else { return nil }
        resident = anonymous + anonymous / 128 + (memory.pageTableSize ?? 0)
        promised = (memory.dataSize ?? memory.virtualSize ?? anonymous) + (memory.stackSize ?? 0)
    }
}
