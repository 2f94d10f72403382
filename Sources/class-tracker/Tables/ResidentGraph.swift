#if CLI
/// A bar of the resident set, followed by a lighter one up to the peak since the previous sample.
///
/// The full width is a power of two above all values so far, so that a leak is visible and the scale changes seldom.
struct ResidentGraph {
    struct Bar: Equatable {
        /// The bar up to the resident set.
        var resident: String
        /// The bar from there to the peak.
        var peak: String
        var blanks: String
        /// The bytes of the full width, if they have changed.
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
