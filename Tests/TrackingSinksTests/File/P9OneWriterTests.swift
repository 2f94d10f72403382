import Glibc
import RecordReading
import SystemPackage
import Testing
import TrackingRecords
import TrackingTestSupport

@testable import TrackingSinks

@Suite("P9: one writer a file")
struct P9OneWriterTests {
    let directory = TemporaryDirectory()

    @Test("P9: a second process writes a file of its own, and the next run adopts it")
    func twoProcesses() throws {
        let first = try Child.host("hold", directory.file.string, "10")
        #expect(first.readLine() == "no notice")
        #expect(first.readLine() == directory.file.string)
        let second = try Child.host("hold", directory.file.string, "10")
        let own = directory.appending("memory.\(second.processID).jsonl")
        #expect(
            second.readLine() == "warning: \(directory.file): another process writes it; this one writes \(own)"
        )
        #expect(second.readLine() == own.string)
        // Both go on, side by side.
        #expect(waitUntil { [directory.file, own].allSatisfy { ((try? Loaded($0).sequences.count) ?? 0) > 10 } })
        #expect(throws: FileSinkError.busy(path: directory.file.string)) {
            try RollingFileSink.probe(RollingFileConfiguration(path: directory.file))
        }
        second.kill()
        second.finish()
        #expect(first.finish().code == 0)
        for (file, child) in [(directory.file, first), (own, second)] {
            let loaded = try Loaded(file)
            #expect(loaded.damaged == 0)
            #expect(loaded.headers == 1)
            #expect(loaded.sequences == Array(1...loaded.sequences.count))
            guard case .header(let header) = loaded.records.first?.payload else {
                Issue.record("\(file) does not begin with a header")
                continue
            }
            #expect(header.processID == Int(child.processID))
        }

        let next = RollingFileSink(impatient: directory.file)
        next.receive(header())
        next.receive(sample(1))
        next.close()
        #expect(!exists(own))
        #expect(next.status.destination == directory.file.string)
        let files = try RollingFileSet.files(of: directory.file)
        #expect(files.count == 2)
        #expect(try Loaded(files[0]).headers == 1)
    }

    @Test("P9: eight processes at once never share a line")
    func eightProcesses() throws {
        let children = try (1...8)
            .map { _ in
                try Child.host("write", directory.file.string, "1000000", "20", "200", "-")
            }
        for child in children {
            let output = child.finish().output
            #expect(output.hasSuffix(" 200 0\n"), "\(output)")
        }
        var runs: [Int: [Int]] = [:]
        for name in directory.names {
            let loaded = try Loaded(directory.appending(name))
            #expect(loaded.damaged == 0)
            var process = 0
            for record in loaded.records {
                if case .header(let header) = record.payload { process = header.processID }
                if record.sequence > 0 { runs[process, default: []].append(record.sequence) }
            }
        }
        #expect(Set(runs.keys) == Set(children.map { Int($0.processID) }))
        #expect(runs.values.allSatisfy { $0 == Array(1...200) })
    }

    @Test("P9: a file of a process that lives is not adopted")
    func livingProcess() throws {
        let first = try Child.host("hold", directory.file.string, "1")
        _ = (first.readLine(), first.readLine())
        let second = try Child.host("hold", directory.file.string, "1")
        _ = second.readLine()
        let own = FilePath(second.readLine())
        first.finish()
        let third = RollingFileSink(impatient: directory.file)
        third.receive(header())
        third.receive(sample(1))
        #expect(third.status.destination == directory.file.string)
        #expect(exists(own))
        second.finish()
        third.close()
    }

    @Test("P9: a forked child writes nothing, and its parent keeps the file and its lock")
    func forkedChild() throws {
        let child = try Child.host("fork-file", directory.file.string)
        let other = directory.appending("memory.\(child.processID).jsonl")
        let result = child.finish()
        #expect(result.output == "0 \(other)\n")
        #expect(try Loaded(directory.file).sequences == [1, 2])
    }

    @Test("P9: a sink that is closed gives up its lock at once, also while a child has a duplicate")
    func lockIsGivenUp() throws {
        let sink = RollingFileSink(impatient: directory.file)
        sink.receive(header())
        sink.receive(sample(1))
        // What a child holds between fork and exec.
        let wanted = try #require(FileIdentity(path: directory.file))
        let duplicates = (3..<1024).filter { FileIdentity(of: $0) == wanted }.map { dup($0) }
        defer { for duplicate in duplicates { close(duplicate) } }
        #expect(duplicates.count == 1)
        sink.close()
        let next = RollingFileSink(impatient: directory.file)
        next.receive(header())
        next.receive(sample(2))
        #expect(next.status.destination == directory.file.string)
        next.close()
    }

    @Test("P9: two sinks of one process do not share the file either")
    func twoSinks() throws {
        let sinks = (1...3).map { _ in RollingFileSink(impatient: directory.file) }
        for sink in sinks {
            sink.receive(header())
            sink.receive(sample(1))
        }
        #expect(sinks.map(\.status.dropped) == [0, 0, 1])
        #expect(try Loaded(directory.file).sequences == [1])
        #expect(try Loaded(directory.appending("memory.\(getpid()).jsonl")).sequences == [1])
    }
}

extension FileIdentity {
    fileprivate init?(path: FilePath) {
        var status = stat()
        guard lstat(path.string, &status) == 0 else { return nil }
        self.init(status)
    }
}
