import CBenchmarkPeers
import ClassTracking
import Glibc

/// How many samples a second one thread puts into a rolling file, rotations included.
enum FileThroughput {
    static func report(quick: Bool) {
        let count = quick ? 100_000 : 200_000
        let scratch = Scratch()
        let line = Array((Samples.record(count).jsonLine + "\n").utf8)
        var bare: [Double] = []
        let comparison = Comparison(rounds: quick ? 5 : 11) {
            scratch.clear()
            let sink = RollingFileSink(RollingFileConfiguration(path: scratch.path("memory.jsonl")))
            sink.receive(Samples.header)
            let time = timed { for index in 1...count { sink.receive(Samples.record(index)) } }
            let delivered = sink.status.delivered
            sink.close()
            guard delivered == count || delivered == count + 1 else { fail("\(delivered) of \(count) lines written") }
            return time / Double(count)
        } peer: {
            scratch.clear()
            let time = toFile(scratch) { descriptor in
                for index in 1...count { peer(descriptor, index, length: index == count ? line.count : nil) }
            }
            scratch.clear()
            bare.append(toFile(scratch) { bp_write_bytes($0, line, line.count, Int32(count)) } / Double(count))
            return time / Double(count)
        }
        let rate = 1e9 / median(comparison.own)
        Row(
            figure: "RollingFileSink, samples/s on one core",
            value: "\((rate / 1000).text(0))k/s",
            peer: "\((1e6 / median(comparison.peer)).text(0))k/s formatting in C + write(2) a line",
            ratio: comparison.ratio.text(2),
            target: ">= 500k/s or <= 2.0 x",
            isMet: rate >= 500_000 || comparison.ratio <= 2
        )
        .print()
        Row(
            figure: "  of which the kernel: write(2) of a ready line",
            value: median(bare).asMicroseconds,
            peer: "\(median(comparison.own).asMicroseconds) a sample in the sink",
            ratio: (median(bare) / median(comparison.own)).text(2)
        )
        .print()
    }

    private static func toFile(_ scratch: Scratch, _ body: (Int32) -> Void) -> Double {
        let path = scratch.path("peer.jsonl").string
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { fail("\(path): \(Errno(rawValue: errno))") }
        defer { close(descriptor) }
        return timed { body(descriptor) }
    }

    // `length` is what the line must have: both sides write the same.
    private static func peer(_ descriptor: Int32, _ index: Int, length: Int?) {
        let values = Samples.values(index)
        let micros = Int64(index) * 1_000_000 + 123
        let written = values.span.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map {
                bp_write_line(descriptor, Int64(index), micros, 1_795_000_000_000_000 + micros, $0)
            }
        }
        guard let written, written > 0 else { fail("the peer cannot write: \(Errno(rawValue: errno))") }
        if let length, length != Int(written) { fail("the peer's line has \(written) bytes, ours \(length)") }
    }
}
