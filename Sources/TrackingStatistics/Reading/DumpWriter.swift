import SystemPackage
import TrackingRecords

/// Writes a run to a file.
enum DumpWriter {
    /// The most counts in one record of a history, so that it fits into a line; a longer history has several records.
    private static let historyLength = 16_384
    private static let bufferSize = 1 << 18

    static func write(_ contents: StatsContents, to path: FilePath) throws(StatsError) {
        try WholeFile.write(to: path) { (file: consuming OwnedDescriptor) throws(StatsError) in
            var file = DumpFile(file, path: path)
            write(contents, to: &file)
            return try file.finish()
        }
    }

    private static func write(_ contents: StatsContents, to file: inout DumpFile) {
        file.write(.header(contents.header ?? Header.unknown))
        for sample in contents.samples.samples { file.write(.sample(sample)) }
        for event in contents.events { file.write(event.payload) }
        for position in contents.table.indices {
            let snapshot = contents.table[position]
            file.write(.snapshot(snapshot.announcement))
            for name in snapshot.namesBySize {
                if let size = snapshot.record(of: name) { file.write(.classSize(size)) }
            }
        }
        for id in contents.traces.keys.sorted() {
            guard let trace = contents.traces[id] else { continue }
            file.write(.trace(TraceRecord(timestamp: 0, wallTime: contents.wallTime(at: 0), trace: trace)))
        }
        for object in contents.objects { file.write(object) }
        for name in contents.history.keys.sorted() {
            var rest = (contents.history[name] ?? [])[...]
            while let last = rest.prefix(historyLength).last {
                let counts = Array(rest.prefix(historyLength))
                rest = rest.dropFirst(historyLength)
                file.write(
                    .history(
                        HistoryRecord(
                            timestamp: last.timestamp,
                            wallTime: contents.wallTime(at: last.timestamp),
                            name: name,
                            counts: counts
                        )
                    )
                )
            }
        }
    }

    /// A file with a buffer of whole lines before it.
    private struct DumpFile: ~Copyable {
        private let file: OwnedDescriptor
        private let path: FilePath
        private var writer = FieldWriter(style: .json, grows: true)
        private var buffer: [UInt8] = []
        private var failure: Errno?

        init(_ file: consuming OwnedDescriptor, path: FilePath) {
            self.file = file
            self.path = path
            buffer.reserveCapacity(DumpWriter.bufferSize)
        }

        mutating func write(_ payload: Record.Payload) {
            guard failure == nil else { return }
            Record(payload).write(to: &writer)
            append()
        }

        mutating func write(_ object: TrackedObjectRecord) {
            guard failure == nil else { return }
            object.writeLine(to: &writer)
            append()
        }

        private mutating func append() {
            if buffer.count + writer.count > DumpWriter.bufferSize { flush() }
            buffer.append(contentsOf: writer.bytes)
        }

        private mutating func flush() {
            do throws(Errno) {
                try file.writeAll(buffer)
            } catch {
                failure = error
            }
            buffer.removeAll(keepingCapacity: true)
        }

        consuming func finish() throws(StatsError) -> OwnedDescriptor {
            if failure == nil { flush() }
            if let failure { throw .cannotWrite(path: path.string, operation: "writing", errno: failure) }
            return file
        }
    }
}

extension Header {
    /// The header of a dump whose process is not known.
    fileprivate static var unknown: Header {
        Header(program: "unknown", processID: 0, startTime: 0, interval: 0, swiftVersion: "")
    }
}
