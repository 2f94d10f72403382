#if HTML
/// Which of many values a chart shows: no more than its width can tell apart, and the extremes among them.
enum Thinning {
    /// Positions of the values to show, ascending.
    ///
    /// The positions are split into equal runs; the smallest and the largest value of each are kept, and the very first
    /// and last one.
    ///
    /// - Parameters:
    ///   - values: The values, in order of time.
    ///   - limit: How many to show at most; 4 is the least.
    /// - Returns: The positions, all of them where they are few.
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
