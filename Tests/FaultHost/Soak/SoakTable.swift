/// The outcome, a figure a line.
struct SoakTable {
    private(set) var text: String
    private(set) var isGood = true

    init() { text = Self.row("figure", "first third", "last third", "allowed", "") }

    private static func row(_ columns: String...) -> String {
        let widths = [44, 14, 14, 22, 0]
        return zip(columns, widths).map { $0 + String(repeating: " ", count: max(1, $1 - $0.count)) }.joined() + "\n"
    }

    private mutating func add(_ figure: String, _ first: String, _ last: String, _ allowed: String, _ isGood: Bool) {
        text += Self.row(figure, first, last, allowed, isGood ? "ok" : "FAIL")
        self.isGood = self.isGood && isGood
    }

    /// The medians; `nil` allows anything.
    mutating func drift(_ figure: String, _ first: [Int], _ last: [Int], _ allowed: Int?) {
        let (before, after) = (Self.median(first), Self.median(last))
        let isGood = allowed.map { after - before <= $0 } ?? true
        add(figure, "\(before)", "\(after)", allowed.map { "at most \($0) more" } ?? "-", isGood)
    }

    mutating func same(_ figure: String, _ values: [Int]) {
        let (least, most) = (values.min() ?? 0, values.max() ?? 0)
        add(figure, "\(least)", "\(most)", "the same", least == most)
    }

    mutating func limit(_ figure: String, _ value: Int, _ most: Int) {
        add(figure, "", "\(value)", "at most \(most)", value <= most)
    }

    mutating func atLeast(_ figure: String, _ value: Int, _ least: Int) {
        add(figure, "", "\(value)", "at least \(least)", value >= least)
    }

    private static func median(_ values: [Int]) -> Int { values.isEmpty ? 0 : values.sorted()[values.count / 2] }
}
