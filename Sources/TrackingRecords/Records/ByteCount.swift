/// A number of bytes for people: `268.4 MiB`.
public struct ByteCount: Sendable, Hashable, CustomStringConvertible {
    /// The number of bytes.
    public var bytes: Int

    /// Makes a byte count.
    public init(_ bytes: Int) {
        self.bytes = bytes
    }

    /// The number in the largest binary unit that leaves at least 1, with one decimal from KiB on.
    public var description: String {
        let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        let magnitude = bytes.magnitude
        guard magnitude >= 1024 else { return "\(bytes) B" }
        var unit = 0
        var divisor: UInt = 1024
        // 1023.95 KiB would round to 1024.0 KiB.
        while unit < units.count - 1, magnitude >= divisor * 1024 - divisor / 20 {
            divisor *= 1024
            unit += 1
        }
        let whole = magnitude / divisor
        let tenths = (magnitude % divisor * 10 + divisor / 2) / divisor
        let (carried, tenth) = tenths == 10 ? (whole + 1, 0) : (whole, tenths)
        return "\(bytes < 0 ? "-" : "")\(carried).\(tenth) \(units[unit])"
    }
}
