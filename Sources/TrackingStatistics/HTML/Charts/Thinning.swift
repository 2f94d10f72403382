#if HTML
/// Selects the values that a chart shows: no more than its width can tell apart, and all extremes.
enum Thinning {
    /// Returns the positions of the values to show, ascending.
    ///
    /// The positions are split into equal runs. The smallest and the largest value of each run are kept, and the first and
    /// the last value of all.
    ///
    /// - Parameters:
    ///   - values: The values, in order of time.
    ///   - limit: The most values to show, 4 or more.
    /// - Returns: The positions; all of them if they are few.
    static func positions(of values: [Int], limit: Int) -> [Int] {
        guard values.count > max(4, limit) else { return Array(values.indices) }
        let runs = max(1, (limit - 2) / 2)
        var kept: [Int] = [0]
        for run in 0..<runs {
            let range = values.count * run / runs..<values.count * (run + 1) / runs
            var (smallest, largest) = (range.lowerBound, range.lowerBound)
            for position in range {
                if values[position] < values[smallest] { smallest = position }
                if values[position] > values[largest] { largest = position }
            }
            for position in [min(smallest, largest), max(smallest, largest)] where position > kept[kept.count - 1] {
                kept.append(position)
            }
        }
        if kept[kept.count - 1] != values.count - 1 { kept.append(values.count - 1) }
        return kept
    }
}
#endif
