import Testing

@testable import TrackingRecords

@Suite("Columns of text")
struct TextColumnsTests {
    @Test(
        "East Asian wide characters and emoji take two columns, combining marks none",
        arguments: [
            ("", 0), ("App.Page", 8), ("Größe", 5), ("Gro\u{308}ße", 5), ("データ", 6), ("ﾃﾞｰﾀ", 4), ("한국어", 6),
            ("\u{1112}\u{1161}\u{11AB}", 2), ("ＡＢ", 4), ("日本語App", 9), ("🚀", 2), ("👍🏽", 2), ("🇩🇪", 2),
            ("1\u{FE0F}\u{20E3}", 2),
            ("☃", 1), ("☃\u{FE0F}", 2), ("नमस्ते", 4), ("\u{FFFD}", 1), ("𠮷", 2), ("…·≤", 3), ("█▏", 2),
        ]
    )
    func columns(text: String, count: Int) {
        #expect(text.columns == count)
        #expect(text.left(12).columns == 12)
        #expect(text.right(12) == String(repeating: " ", count: 12 - count) + text)
    }

    @Test("What is too wide is cut to no more than the width, between characters")
    func cut() {
        #expect("データベース".cut(12) == "データベース")
        #expect("データベース".cut(11) == "データベ..")
        #expect("データベース".cut(9) == "データ..")
        #expect("データベース".cutLeft(9) == "..ベース")
        #expect("App.データ".cutLeft(9) == "...データ")
        #expect("App.Connection".cutLeft(8) == "..ection")
        #expect("App.Connection".cut(8) == "App.Co..")
        for width in 2...14 {
            #expect("a日b本c語de\u{301}🚀".cut(width).columns <= width)
            #expect("a日b本c語de\u{301}🚀".cutLeft(width).columns <= width)
        }
    }
}
