/// Something of every kind, referred to from tracked objects and referring to them.
final class Exhibit {
    enum Content {
        case nothing
        case text(String)
        case pair(Exhibit, [Int])
        indirect case nested(Content)
    }

    struct Wide {
        var first: String
        var second: [String]
        var third: Int
    }

    var label: String
    var numbers: [Int]
    var table: [String: [Int]]
    var names: Set<String>
    var content: Content
    var anything: Any
    var error: (any Error)?
    var action: () -> Int
    var wide: Wide
    weak var sibling: Exhibit?
    var next: Exhibit?

    struct Failure: Error {
        var reason: String
    }

    init(_ number: Int, next: Exhibit?) {
        label = text("exhibit \(number)")
        numbers = Array(0..<number % 50)
        table = Dictionary(uniqueKeysWithValues: (0..<number % 7).map { (text("key \($0)"), Array(0...$0)) })
        names = Set((0..<number % 5).map { text("name \($0)") })
        content =
            switch number % 4 {
            case 0: .nothing
            case 1: .text(text("content \(number)"))
            case 2: next.map { .pair($0, [number]) } ?? .nothing
            default: .nested(.nested(.text(text("deep \(number)"))))
            }
        anything =
            switch number % 3 {
            case 0: number
            case 1: Wide(first: text("a \(number)"), second: [text("b \(number)")], third: number)
            default: [text("any \(number)")]
            }
        error = number % 2 == 0 ? Failure(reason: text("reason \(number)")) : nil
        let captured = numbers
        action = { captured.count + number }
        wide = Wide(first: text("first \(number)"), second: (0..<3).map { text("\($0) of \(number)") }, third: 0)
        self.next = next
        sibling = next
    }
}

/// Looks like another class.
final class Label {
    var words: [String]
    init(_ number: Int) { words = (0..<number % 4).map { text("word \($0) of \(number)") } }
}
