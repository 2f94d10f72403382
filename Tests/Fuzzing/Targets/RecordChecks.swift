import RecordReading
import SystemPackage
import TrackingRecords

/// Records, however they were stored.
enum RecordChecks {
    /// A line of JSON.
    static func line(_ line: UnsafeRawBufferPointer) throws(BrokenPromise) {
        var decoder = RecordDecoder()
        if case .record(let record) = decoder.decode(line) { try keeps(record) }
    }

    /// A record that was read can be written, and is then read as the same for ever.
    private static func keeps(_ record: Record) throws(BrokenPromise) {
        var writer = FieldWriter(style: .json, grows: true)
        record.write(to: &writer)
        let first = Array(writer.bytes.dropLast())
        guard case .record(let again) = decode(first) else {
            throw BrokenPromise("a record that was read is written as \(text(first)), which is none")
        }
        try promise(again.kind == record.kind, "a \(record.kind) becomes a \(again.kind)")
        again.write(to: &writer)
        let second = Array(writer.bytes.dropLast())
        try promise(first == second, "\(text(first)) is written as \(text(second)) the next time")
        try promise(decode(second) == .record(again), "\(text(second)) is read as another record")
        // With the room that there is on the sampling path, fields may be missing, but it is a record.
        var short = again.jsonLine
        try promise(short.utf8.count < FieldWriter.capacity, "the line has \(short.utf8.count) bytes")
        let outcome = short.withUTF8 { decode(Array($0)) }
        guard case .record(let cut) = outcome, cut.kind == again.kind else {
            throw BrokenPromise("\(short) is read as \(outcome)")
        }
    }

    private static func decode(_ line: [UInt8]) -> RecordDecoder.Outcome {
        var decoder = RecordDecoder()
        return line.withUnsafeBytes { decoder.decode($0) }
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    // MARK: Files

    /// A file: each of its lines is told, whatever is around it.
    static func file(_ input: UnsafeRawBufferPointer) throws {
        guard let file = InputFile(input) else { return }
        let pieces = input.split(separator: 0x0A, omittingEmptySubsequences: false)
        // So little room that lines lie across its end, and are longer.
        var reader = try RecordReader(
            file: OwnedDescriptor(borrowing: file.descriptor.rawValue),
            path: file.path,
            bufferSize: 64
        )
        var count = 0
        var hasObjects = false
        do {
            _ = try file.descriptor.seek(offset: 0, from: .start)
            while let line = try reader.next() {
                try promise(count < pieces.count - 1, "there are more lines than newlines")
                let expected = decode(Array(pieces[count]))
                try promise(line == RecordReader.Line(expected), "line \(count + 1) is \(line) rather than \(expected)")
                count += 1
                if case .record(let record) = line, record.kind == .object { hasObjects = true }
                try promise(reader.lineNumber == count, "line \(count) has the number \(reader.lineNumber)")
            }
        } catch let error as RecordError {
            // Not one of our files, which is said before anything was taken for a record.
            try promise(count < pieces.count, "\(error) behind the last line")
            return
        }
        try promise(count == pieces.count - 1, "\(count) of \(pieces.count - 1) lines were told")
        try promise(reader.tornTail == pieces[count].count, "\(reader.tornTail) bytes are torn")
        if hasObjects { try objects(file.descriptor, file.path) }
    }

    /// The short way of reading objects gives what the long one does.
    private static func objects(_ descriptor: FileDescriptor, _ path: FilePath) throws {
        var short: [TrackedObjectRecord] = []
        var rest: [RecordReader.Line] = []
        _ = try descriptor.seek(offset: 0, from: .start)
        var reader = try RecordReader(
            file: OwnedDescriptor(borrowing: descriptor.rawValue),
            path: path,
            bufferSize: 1 << 12
        )
        while let line = try reader.next(takeObject: { short.append($0) }) {
            if case .record(let record) = line, case .object(let object) = record.payload {
                short.append(object)
            } else {
                rest.append(line)
            }
        }
        var long: [TrackedObjectRecord] = []
        var others: [RecordReader.Line] = []
        _ = try descriptor.seek(offset: 0, from: .start)
        reader = try RecordReader(
            file: OwnedDescriptor(borrowing: descriptor.rawValue),
            path: path,
            bufferSize: 1 << 12
        )
        while let line = try reader.next() {
            if case .record(let record) = line, case .object(let object) = record.payload {
                long.append(object)
            } else {
                others.append(line)
            }
        }
        try promise(short == long, "objects are read as \(short) and as \(long)")
        try promise(rest == others, "lines are read as \(rest) and as \(others)")
    }

    // MARK: Journal

    /// An entry, one field a line.
    static func journal(_ input: UnsafeRawBufferPointer) throws(BrokenPromise) {
        guard case .record(let record) = fields(input).decoded() else { return }
        try keeps(record)
        // These the journal does not get.
        guard RecordPolicy.of(record.kind).journalling != .never else { return }
        var writer = FieldWriter(style: .journal)
        writer.begin()
        record.writeFields(to: &writer, sequenceKey: "record_seq")
        try promise(writer.count <= FieldWriter.capacity, "the entry has \(writer.count) bytes")
        let first = Array(writer.bytes)
        guard case .record(let again) = first.withUnsafeBytes({ fields($0).decoded() }) else {
            throw BrokenPromise("an entry that was read is written as \(text(first)), which is none")
        }
        try promise(again.kind == record.kind, "a \(record.kind) becomes a \(again.kind)")
        writer.begin()
        again.writeFields(to: &writer, sequenceKey: "record_seq")
        let second = Array(writer.bytes)
        try promise(first == second, "\(text(first)) is written as \(text(second)) the next time")
    }

    private static func fields(_ input: UnsafeRawBufferPointer) -> JournalFields {
        var fields = JournalFields()
        for line in input.split(separator: 0x0A) {
            fields.add(String(decoding: UnsafeRawBufferPointer(rebasing: line), as: UTF8.self))
        }
        return fields
    }
}

extension RecordReader.Line {
    fileprivate init(_ outcome: RecordDecoder.Outcome) {
        self =
            switch outcome {
            case .record(let record): .record(record)
            case .unknown(let kind): .unknown(kind: kind)
            case .damaged(let reason): .damaged(reason: reason)
            }
    }
}
