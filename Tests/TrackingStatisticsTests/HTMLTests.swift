#if HTML
import TrackingTestSupport
import Glibc
import SystemPackage
import Testing
import TrackingRecords

@testable import TrackingStatistics

@Suite("Pages")
struct HTMLTests {
    /// Returns the opening tags, in order; `nil` if opening and closing tags do not match.
    private func tags(_ html: String) -> [String]? {
        let empty: Set = ["meta", "link", "!DOCTYPE", "line", "circle", "rect", "path"]
        var (open, all): ([String], [String]) = ([], [])
        for tag in html.matches(of: /<(\/?)([!a-zA-Z0-9]+)[^<>]*?(\/?)>/) {
            let name = String(tag.2)
            if tag.1.isEmpty { all.append(name) }
            if !tag.1.isEmpty {
                guard open.popLast() == name else { return nil }
            } else if tag.3.isEmpty, !empty.contains(name) || name == "rect" {
                open.append(name)
            }
        }
        return open.isEmpty ? all : nil
    }

    /// Snapshots of classes that grow differently, with objects, referents and traces.
    private func run(_ snapshots: Int, classes names: [String]) -> StatsContents {
        var contents = StatsContents()
        contents.header = Fixture.header()
        for number in 1...snapshots {
            var classes: [String: (Int, Int)] = [:]
            for (position, name) in names.enumerated() {
                classes[name] = (number + position, (names.count - position) * 100_000 + number * 100)
            }
            var snapshot = Fixture.snapshot(number, number == 2 ? "<login>" : "", classes)
            if number == snapshots {
                for name in names {
                    var merged = SizedObject(name: name, size: 1000, flat: 100)
                    merged.referents = (0..<40).map { SizedObject(name: "<part \($0)>", size: 20, flat: 10) }
                    snapshot.classes[name]?.merged = merged
                }
            }
            contents.table.append(snapshot)
            contents.samples.add(Fixture.sample(number, resident: 1 << 30))
        }
        for id in 1...12 {
            contents.traces[id] = InstantiationTrace(
                id: id,
                frames: (0..<16)
                    .map { TraceFrame(address: UInt($0), function: "closure #\($0) in Handler<T>.handle()") }
            )
        }
        for (position, name) in names.enumerated() {
            for number in 1...12 {
                var object = Fixture.object(UInt64(position * 12 + number), name, sizes: [number * 1000])
                object.trace = number
                if number % 2 == 0 { object.death = 1 + Double(number) / 10 }
                contents.objects.append(object)
            }
        }
        return contents
    }

    @Test("A page has every part, in elements that match, and needs nothing from elsewhere")
    func parts() throws {
        var contents = run(20, classes: (1...12).map { "app.Class\($0)" })
        contents.events = Fixture.everything.events
        let html = HTMLStats(contents).html(title: "Test")
        let elements = try #require(tags(html))
        #expect(elements.contains("svg"))
        for id in ["memory", "classes", "growth", "snapshots", "lifetimes", "all"] {
            #expect(html.contains("<section id=\"\(id)\">") && html.contains("href=\"#\(id)\""), "\(id)")
        }
        for text in [
            "Test</h1>", "service[4711]", "spike 1", "Largest resident", "4 other classes", "app.Class12",
            "<h3>May leak</h3>",
            "#2 &lt;login&gt; (2.000s)", "&lt;part 28&gt;",
            "1 alive, 0 dead: <code>closure #0 in Handler&lt;T&gt;.handle()",

        ] {
            #expect(html.contains(text), "\(text)")
        }
        // Every chart has its numbers.
        #expect(elements.filter { $0 == "figure" }.count == html.matches(of: /<summary>Numbers/).count)
        for forbidden in ["http:", "https:", "<script", "@import", "url(", "src=", "{{"] {
            #expect(!html.contains(forbidden), "\(forbidden)")
        }
        #expect(html.contains("prefers-color-scheme:dark"))
        // Every link to the section of a class has its target.
        for link in html.matches(of: /href="#(class-[0-9]+)"/) { #expect(html.contains("id=\"\(link.1)\"")) }
    }

    @Test("A page explains snapshots that were not taken in the usual way, and escapes the reasons")
    func snapshotNotes() {
        #expect(!HTMLStats(run(4, classes: ["app.Node"])).html().contains("of one instant"))
        var contents = StatsContents()
        for number in 1...7 {
            var snapshot = Fixture.snapshot(number, "", ["Node": (1, 100)])
            switch number {
            case 1...3: (snapshot.isolation, snapshot.pause) = (.forked, Double(number) / 1000)
            case 4...5: snapshot.notForked = "<b>no</b> room for \(number) MiB"
            case 6: (snapshot.notForked, snapshot.skipped) = ("the pause would be 12.0 ms", 1233)
            default: (snapshot.missed, snapshot.skipped) = (1, 1)
            }
            contents.table.append(snapshot)
        }
        let html = HTMLStats(contents).html()
        for line in [
            "3 snapshots of 7 are of one instant, taken in a copy of the process; its threads were held up for 2.00 ms in the "
                + "median, 3.00 ms at most.",
            "3 snapshots should have been of one instant and were taken in process: &lt;b&gt;no&lt;/b&gt; room for 4 MiB "
                + "(2 like this); the pause would be 12.0 ms.",
            "1234 periodic snapshots left out, to stay within the overhead budget or because one was still being taken.",
            "1 birth or death could not be recorded.",
        ] {
            #expect(html.contains("<p class=\"note\">\(line)</p>"), "\(line)")
        }
        #expect(tags(html) != nil)
    }

    @Test(
        "No name becomes markup",
        arguments: [
            "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)", "a&lt;b&amp;c",
            "{{title}}{{{style}}}{{> page}}", "</title></svg></style>", "a\u{202E}b\nc\u{1B}[2J",
            "Outer<" + String(repeating: "Swift.Dictionary<Swift.String, ", count: 200) + "X"
                + String(repeating: ">", count: 201),
        ]
    )
    func hostileNames(name: String) throws {
        var contents = run(5, classes: [name, "app.Node"])
        contents.header?.program = name
        let plain = run(5, classes: ["hostile", "app.Node"])
        for position in contents.objects.indices { contents.objects[position].className = name }
        for id in contents.traces.keys { contents.traces[id]?.frames[0].function = name }
        let html = HTMLStats(contents).html(title: name)
        // The same elements as with a harmless name, and the same attributes.
        let expected = try #require(tags(HTMLStats(plain).html(title: "hostile")))
        #expect(try #require(tags(html)).sorted() == expected.sorted())
        #expect(!html.contains("<img") && !html.contains("<script") && !html.contains("\u{1B}"))
        #expect(!html.contains("\u{202E}"))
        #expect(html.utf8.count < 400_000)
    }

    @Test("A page can be made of anything: nothing, objects alone, one snapshot, samples alone, history alone")
    func little() {
        var contents = StatsContents()
        #expect(HTMLStats(contents).html().contains("No memory, classes or objects were recorded."))
        contents.history = ["Node": [InstanceCount(timestamp: 1, count: 3), InstanceCount(timestamp: 4, count: 2)]]
        #expect(HTMLStats(contents).html().contains("Instances alive"))
        contents = StatsContents()
        contents.samples.add(Fixture.sample(1))
        #expect(HTMLStats(contents).html().contains("Resident"))
        contents = StatsContents()
        contents.objects = [Fixture.object(1, sizes: [100])]
        #expect(HTMLStats(contents).html().contains("#1 Node at 0x1010"))
        contents.snapshots = [Fixture.snapshot(1, "", ["Node": (1, 100)])]
        for stats in [HTMLStats(contents), HTMLStats(Fixture.everything)] {
            #expect(tags(stats.html()) != nil)
            #expect(!stats.html().contains("NaN") && !stats.html().contains("inf%"))
        }
    }

    @Test("With many snapshots and hundreds of classes a page stays below five megabytes, and shows the extremes")
    func size() {
        // 10,000 snapshots are thinned like these; the size depends on the classes.
        var contents = run(700, classes: (1...500).map { "MyCompany.MyModule.Generic\($0)<Swift.Array<Swift.String>>" })
        var largest = contents.table[345]
        largest.trackedTotal = 123 << 40
        let name = "MyCompany.MyModule.Generic1<Swift.Array<Swift.String>>"
        largest.classes[name]?.sum = 123 << 40
        contents.table.replace(345, by: largest)
        let html = HTMLStats(contents).html()
        #expect(html.utf8.count < 5_000_000)
        #expect(html.contains("123.0 TiB"))
        #expect(html.contains("492 other classes"))
    }

    @Test("A page is written as a whole; a failure is an error and leaves no file behind")
    func writing() throws {
        let directory = TemporaryDirectory()
        let stats = HTMLStats(Fixture.everything)
        try stats.createHTML(at: directory["page.html"], title: "Mine").createHTML(at: directory["page.html"])
        #expect(try directory.contents(of: "page.html") == stats.html())
        #expect(throws: StatsError.self) { try stats.createHTML(at: directory["none/page.html"]) }
        #expect(throws: StatsError.self) { try stats.createHTML(at: directory.path) }
        #expect(directory.names == ["page.html"])
    }

    @Test("A file can be read while it is written, and gives a page at any length")
    func whileWritten() throws {
        let directory = TemporaryDirectory()
        try Stats(run(40, classes: ["app.Node", "app.Leaf"])).dumpStats(to: directory["whole"])
        let bytes = Array(try directory.contents(of: "whole").utf8)
        let file = try FileDescriptor.open(
            directory["growing"],
            .writeOnly,
            options: [.create],
            permissions: .ownerReadWrite
        )
        defer { try? file.close() }
        var written = 0
        var seen: [Int] = []
        // In pieces that end within lines.
        while written < bytes.count {
            let end = min(bytes.count, written + 4099)
            try file.writeAll(bytes[written..<end])
            written = end
            guard let stats = try? HTMLStats(contentsOf: directory["growing"]) else { continue }
            seen.append(stats.contents.table.count)
            #expect(stats.html().hasSuffix("</html>"))
        }
        #expect(seen.count > 5)
        #expect(seen == seen.sorted() && seen.last == 40)
    }
}
#endif
