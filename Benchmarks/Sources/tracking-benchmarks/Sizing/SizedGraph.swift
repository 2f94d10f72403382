import ClassTracking
import Glibc

/// A graph, and the ways to add up the blocks that it is made of.
struct SizedGraph {
    /// What stands in the table, with the number of objects.
    var name: String
    /// What a time is divided by.
    var objects: Int
    /// The sizer's bytes.
    var bytes: (HeapSizer) -> Int
    /// The bytes added up by hand.
    var bytesByHand: () -> Int
    /// The root, for a `Mirror` to walk; `nil` where that does not end in bearable time.
    var root: (() -> Any)?

    /// The sizer's own memory beside the bytes it walked.
    struct WorkingMemory {
        var bytes: Int
        var walked: Int
    }

    // MARK: Measuring

    /// Nanoseconds an object, ours first; ends the program when the two do not add up to the same.
    func compare(rounds: Int) -> Comparison {
        let expected = bytesByHand()
        check(expected)
        return Comparison(rounds: rounds) {
            own(expecting: expected)
        } peer: {
            byHand(expecting: expected)
        }
    }

    /// Nanoseconds an object of a new sizer, from making it to throwing it away.
    func own(expecting expected: Int) -> Double {
        var sum = 0
        let time = timed { sum = bytes(HeapSizer()) }
        guard sum == expected else { fail("\(name): the sizer finds \(sum) bytes, then \(expected)") }
        return time / Double(objects)
    }

    func byHand(expecting expected: Int) -> Double {
        var sum = 0
        let time = timed { sum = bytesByHand() }
        guard sum == expected else { fail("\(name): \(sum) bytes by hand, then \(expected)") }
        return time / Double(objects)
    }

    /// Nanoseconds an object of one walk with mirrors.
    static func byMirror(_ root: Any, objects: Int) -> Double {
        var walk = MirrorWalk()
        let time = timed { walk.walk(root) }
        guard walk.values >= objects else { fail("the mirrors lead to nothing") }
        return time / Double(objects)
    }

    /// Ends the program unless a sizer finds the same as was added up by hand.
    @discardableResult
    func check(_ expected: Int) -> WorkingMemory {
        let sizer = HeapSizer()
        let sum = bytes(sizer)
        guard sum == expected else { fail("\(name): the sizer finds \(sum) bytes, by hand it is \(expected)") }
        guard sizer.unsized == 0 else { fail("\(name): \(sizer.unsized) objects could not be sized") }
        return WorkingMemory(bytes: sizer.workingBytes, walked: sum)
    }

    // MARK: Reporting

    /// Prints the time beside the hand-written one.
    ///
    /// - Parameters:
    ///   - comparison: The times.
    ///   - target: The largest ratio that will do; `nil` where nothing is asked for.
    ///   - remark: What else there is to say about the peer.
    func report(_ comparison: Comparison, target: Double? = nil, remark: String = "") {
        Row(
            figure: "sizing \(name)",
            value: median(comparison.own).asTimeAnObject,
            peer: "\(median(comparison.peer).asTimeAnObject) by hand\(remark)",
            ratio: comparison.ratio.text(2),
            target: target.map { "<= \($0.text(2)) x" } ?? "-",
            isMet: target.map { comparison.ratio <= $0 }
        )
        .print()
    }

    /// Prints the sizer's own memory.
    func reportWorkingMemory() {
        let memory = check(bytesByHand())
        let share = Double(memory.bytes) / Double(memory.walked) * 100
        Row(
            figure: "  working memory",
            value: memory.bytes.mebibytes,
            peer: "\(memory.walked.mebibytes) walked",
            ratio: "\(share.text(2)) %",
            target: "<= 1 % + 1 MiB",
            isMet: memory.bytes <= memory.walked / 100 + 1 << 20
        )
        .print()
    }
}

extension Double {
    /// Nanoseconds an object.
    var asTimeAnObject: String { text(self < 1 ? 3 : 1) + " ns/object" }
}

extension Int {
    /// A round number: `100k`, `10M`.
    var short: String {
        self % 1_000_000 == 0 ? "\(self / 1_000_000)M" : self % 1000 == 0 ? "\(self / 1000)k" : "\(self)"
    }
}
