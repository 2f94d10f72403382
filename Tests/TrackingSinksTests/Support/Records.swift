import RecordReading
import SystemPackage
import TrackingRecords

@testable import TrackingSinks

let start = 1_763_000_000.0

func header(_ program: String = "tests", interval: Double = 1) -> Record {
    Record(
        .header(Header(program: program, processID: 4711, startTime: start, interval: interval, swiftVersion: "6.2"))
    )
}

func sample(_ number: Int, resident: Int? = 100 << 20, peak: Int? = nil, at time: Double? = nil) -> Record {
    var memory = ProcessMemory()
    memory.residentSet = resident
    memory.virtualSize = 1 << 30
    let time = time ?? Double(number)
    return Record(
        sequence: number,
        .sample(Sample(timestamp: time, wallTime: start + time, memory: memory, intervalPeak: peak))
    )
}

func spike(_ number: Int) -> Record {
    let time = Double(number)
    let spike = Spike(
        number: number,
        timestamp: time,
        wallTime: start + time,
        begin: time - 1,
        baseline: 100 << 20,
        peak: 300 << 20,
        threshold: 32 << 20
    )
    return Record(sequence: number, .spike(spike))
}

func notice(_ number: Int, _ message: String, component: String = "tests") -> Record {
    let time = Double(number)
    let notice = Notice(
        timestamp: time,
        wallTime: start + time,
        severity: .warning,
        component: component,
        message: message
    )
    return Record(sequence: number, .notice(notice))
}

func end(_ number: Int, samples: Int) -> Record {
    let end = End(
        timestamp: Double(number),
        wallTime: start + Double(number),
        samples: samples,
        missedTicks: 0,
        spikes: 0,
        suppressedSpikes: 0,
        dropped: 0,
        maximumResidentSet: nil
    )
    return Record(sequence: number, .end(end))
}

/// A sample with all texts as long and as awkward as they get.
func hostile(_ number: Int) -> Record {
    notice(number, Hostile.text, component: Hostile.text)
}

enum Hostile {
    /// Control characters, quotes, line separators, astral characters, and what looks like another field or record.
    static let text =
        "a\nMESSAGE=forged\n_PID=1\u{0}\u{1}\u{1B}[31m\"}\r\n{\"record\":\"end\"}\u{2028}\u{85}\u{FFFD}\u{1F4A5}é"
        + String(repeating: "\u{7}", count: 500)
}

/// What a file holds.
struct Loaded {
    var records: [Record] = []
    var damaged = 0
    var isTorn = false

    init() {}

    init(_ path: FilePath) throws {
        var reader = try RecordReader(path: path)
        while let line = try reader.next() {
            switch line {
            case .record(let record): records.append(record)
            case .unknown, .damaged: damaged += 1
            }
        }
        isTorn = reader.tornTail > 0
    }

    /// All files of a set, one behind the other.
    init(setOf path: FilePath) throws {
        for file in try RollingFileSet.files(of: path) {
            let loaded = try Loaded(file)
            records += loaded.records
            damaged += loaded.damaged + (loaded.isTorn ? 1 : 0)
        }
    }

    var sequences: [Int] { records.map(\.sequence).filter { $0 > 0 } }
    var headers: Int { records.count { $0.kind == .header } }
    var drops: [Drop] {
        records.compactMap { record in
            if case .drop(let drop) = record.payload { drop } else { nil }
        }
    }
}

extension RollingFileSink {
    /// A sink that tries again at once.
    convenience init(
        impatient path: FilePath,
        maximumBytes: Int = 1 << 20,
        keep: Int = 4,
        clock: @escaping MonotonicClock = monotonicNanoseconds
    ) {
        let configuration = RollingFileConfiguration(path: path, maximumBytes: maximumBytes, keep: keep)
        self.init(configuration, retry: .nanoseconds(1)...(.nanoseconds(1)), clock: clock)
    }

    func receive(samples: ClosedRange<Int>) {
        for number in samples { receive(sample(number)) }
    }

    var notices: [SinkNotice] {
        var notices: [SinkNotice] = []
        while let notice = takeNotice() { notices.append(notice) }
        return notices
    }
}

extension SinkStatus {
    var reason: String? {
        if case .degraded(let reason) = condition { reason } else { nil }
    }
}
