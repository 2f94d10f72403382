import TrackingRecords

/// Predicts the time that the kernel takes to copy the process.
///
/// The kernel copies the entries of its page tables, one for each page of private memory, and write-protects each page.
/// So the time is proportional to the resident pages, with a factor that depends on the machine and is measured at the
/// last copy.
struct PauseForecast {
    /// The seconds for a process of any size: locks, descriptors, mappings.
    private static let fixed = 0.0003
    /// The default seconds for a page of 4 KiB: 26 ms for a GiB.
    private static let usual = 100e-9
    /// The range of plausible measurements, in seconds for a page.
    private static let plausible = 5e-9...2e-6
    /// The number of pages below which a copy is no measurement of the factor.
    private static let fewestPages = 4096

    private(set) var secondsPerPage = usual

    /// Returns the number of pages that a copy would share; `nil` if it is not known.
    static func pages(of memory: ProcessMemory) -> Int? {
        guard let resident = memory.residentAnonymous ?? memory.residentSet else { return nil }
        return (resident + (memory.swapSize ?? 0)) / 4096
    }

    /// Returns the predicted seconds of a copy.
    func pause(pages: Int) -> Double { Self.fixed + Double(pages) * secondsPerPage }

    /// Updates the factor by the time of a copy.
    mutating func note(pause: Double, pages: Int) {
        guard pages >= Self.fewestPages else { return }
        let measured = max(0, pause - Self.fixed) / Double(pages)
        secondsPerPage = min(max(measured, Self.plausible.lowerBound), Self.plausible.upperBound)
    }

    /// Decays the estimate toward the default; otherwise one slow copy on a busy machine would rule out every later one.
    mutating func forget() {
        if secondsPerPage > Self.usual { secondsPerPage -= (secondsPerPage - Self.usual) / 8 }
    }
}
