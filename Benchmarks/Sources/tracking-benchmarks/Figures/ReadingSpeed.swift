import ClassTracking
import Glibc

/// How fast a record file is read.
enum ReadingSpeed {
    /// Writes `count` samples to a file and tells how many lines of it are read in a second.
    ///
    /// The file at `path` is left behind for another reader; without one it is a scratch file.
    static func report(quick: Bool, keep path: FilePath?) {
        let count = quick ? 100_000 : 1_000_000
        let scratch = Scratch()
        let path = path ?? scratch.path("memory.jsonl")
        let sink = RollingFileSink(RollingFileConfiguration(path: path, maximumBytes: 1 << 31, syncInterval: .zero))
        sink.receive(Samples.header)
        for index in 1...count { sink.receive(Samples.record(index)) }
        let status = sink.status
        guard status.delivered >= count else { fail("\(path) was not written: \(status.condition)") }
        sink.close()
        let rates = (0..<(quick ? 3 : 5))
            .map { _ in
                let time = timed { read(path, expecting: count) }
                return Double(count) / time * 1e9
            }
        Row(
            figure: "RecordReader, lines/s of \(count) samples",
            value: "\((median(rates) / 1000).text(0))k/s",
            peer: "-"
        )
        .print()
    }

    private static func read(_ path: FilePath, expecting count: Int) {
        do throws(RecordError) {
            var reader = try RecordReader(path: path)
            var samples = 0
            while let line = try reader.next() {
                if case .record(let record) = line, record.kind == .sample { samples += 1 }
            }
            guard samples == count else { fail("\(samples) of \(count) samples read") }
        } catch {
            fail("\(error)")
        }
    }
}
