import CBenchmarkPeers
import ClassTracking
import Glibc

/// What a journal entry costs, beside a bare `sd_journal_sendv` of the same fields.
enum JournalCost {
    /// Fewer than the ten datagrams that journald's socket holds, so that neither side waits for journald.
    private static let burst = 8

    static func report(quick: Bool) {
        let figure = "JournalSink entry"
        guard access("/run/systemd/journal/socket", W_OK) == 0 else {
            return Row.skip(figure, "no journald: run it below Tests/EndToEnd/with-journald")
        }
        guard bp_journal_open() == 0 else { return Row.skip(figure, "no libsystemd.so.0") }
        let fields = bp_journal_prepare(entry(), entry().count)
        guard fields > 0 else { fail("the entry has too many fields") }

        let sink = JournalSink(.init(identifier: "benchmark-own", interval: .zero))
        sink.receive(Samples.header)
        var index = 0
        let send = {
            index += 1
            let record = Samples.record(index)
            return timed { sink.receive(record) }
        }
        let paced = Comparison(rounds: quick ? 1_001 : 5_001) {
            usleep(1000)
            return send()
        } peer: {
            usleep(1000)
            return timed { peer() }
        }
        row("\(figure), \(fields) fields, one each 2 ms", paced)
        let bursts = Comparison(rounds: quick ? 101 : 501) {
            settle()
            let records = (0..<burst).map { Samples.record(index + $0) }
            return timed { for record in records { sink.receive(record) } } / Double(burst)
        } peer: {
            settle()
            return timed { for _ in 0..<burst { peer() } } / Double(burst)
        }
        row("\(figure), bursts of \(burst)", bursts)
        guard sink.status.dropped == 0 else { fail("\(sink.status.dropped) entries did not reach journald") }
    }

    /// The datagram of one sample, as our own sink sends it: lines `NAME=value`.
    private static func entry() -> [UInt8] {
        let scratch = Scratch()
        let journal = FakeJournal(in: scratch)
        let sink = JournalSink(.init(identifier: "benchmark-ref", interval: .zero, socketPath: journal.path))
        sink.receive(Samples.header)
        _ = journal.receive()
        sink.receive(Samples.record(1))
        return journal.receive()
    }

    /// Time for journald to read what was sent.
    private static func settle() { usleep(15_000) }

    private static func peer() {
        let error = bp_journal_send()
        if error != 0 { fail("sd_journal_sendv: \(Errno(rawValue: -error))") }
    }

    private static func row(_ figure: String, _ comparison: Comparison) {
        Row(
            figure: figure,
            value: median(comparison.own).asMicroseconds,
            peer: "\(median(comparison.peer).asMicroseconds) sd_journal_sendv, same fields",
            ratio: comparison.ratio.text(2),
            target: "<= 1.0 x",
            isMet: comparison.ratio <= 1
        )
        .print()
    }
}
