#if CLI
/// A bar of the resident set, and behind it a lighter one up to the peak since the sample before.
///
/// The full width is a power of two above everything seen, so that a leak is seen to grow and the scale changes seldom.
struct ResidentGraph {
    struct Bar: Equatable {
        /// Up to the resident set.
        var resident: String
        /// From there to the peak.
        var peak: String
        var blanks: String
        /// The full width in bytes, where it is new.
        var newScale: Int?
    }

    static let width = 16
    private static let eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

    private var scale = 0

    mutating func bar(resident: Int, peak: Int) -> Bar {
        let largest = max(resident, peak, 0)
        let before = scale
        if scale == 0 { scale = 16 << 20 }
        while scale < largest, scale < 1 << 60 { scale *= 2 }
        let eighths = min(Self.width * 8, Self.part(resident, of: scale, Self.width * 8))
        let full = String(repeating: "█", count: eighths / 8) + Self.eighths[eighths % 8]
        let peakEnd = min(Self.width, (Self.part(peak, of: scale, Self.width * 8) + 4) / 8)
        let light = String(repeating: "░", count: max(0, peakEnd - full.count))
        return Bar(
            resident: full,
            peak: light,
            blanks: String(repeating: " ", count: Self.width - full.count - light.count),
            newScale: scale == before ? nil : scale
        )
    }

    private static func part(_ value: Int, of scale: Int, _ width: Int) -> Int {
        Int((Double(max(0, value)) / Double(scale) * Double(width)).rounded())
    }
}
#endif
