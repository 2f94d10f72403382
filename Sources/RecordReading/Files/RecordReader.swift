import Glibc
package import SystemPackage
package import TrackingRecords

/// Reads a record file line by line, in bounded memory, even while it is written.
///
/// ```swift
/// var reader = try RecordReader(path: "memory.jsonl")
/// while let line = try reader.next() {
///     if case .record(let record) = line { print(record.timestamp) }
/// }
/// if reader.tornTail > 0 { print("the last record is incomplete") }
/// ```
///
/// A damaged line is reported and skipped: a process that was killed leaves at most one. At the end of the file
/// `next()` returns `nil`; called again later it continues with the data appended since.
package struct RecordReader: ~Copyable {
    /// The content of one line.
    package enum Line: Sendable, Equatable {
        /// A record.
        case record(Record)
        /// A kind of record that this version does not know.
        case unknown(kind: String)
        /// Not a record: the reason, for a person.
        case damaged(reason: String)
    }

    /// No record is longer; a longer line is reported as damaged, and uses no memory.
    private static let longestLine = FieldWriter.longestLine

    /// The file.
    package let path: FilePath
    /// The number of the line that `next()` returned last, from 1.
    package private(set) var lineNumber = 0
    /// The number of bytes after the last newline: an incomplete record, if the file is not written any more.
    package var tornTail: Int { skipping ? 1 : filled - consumed }

    private let file: OwnedDescriptor
    private var buffer: UnsafeMutableRawBufferPointer
    private var consumed = 0
    private var filled = 0
    private var skipping = false
    private var latest = 0..<0
    private var decoder = RecordDecoder()
    private var objects = ObjectLineReader()
    private var isBegun = false

    /// Opens a file.
    ///
    /// - Parameter path: The file; `-` is standard input.
    /// - Throws: ``RecordError/cannotOpen(path:errno:)``.
    package init(path: FilePath) throws(RecordError) {
        do throws(Errno) {
            try self.init(
                file: path == "-"
                    ? OwnedDescriptor(borrowing: STDIN_FILENO) : OwnedDescriptor(opening: path.string, O_RDONLY),
                path: path
            )
        } catch {
            throw .cannotOpen(path: path.string, errno: error)
        }
    }

    /// Reads `bufferSize` bytes at once, and more if a line needs it.
    package init(file: consuming OwnedDescriptor, path: FilePath, bufferSize: Int = 1 << 18) {
        self.file = file
        self.path = path
        buffer = .allocate(byteCount: bufferSize, alignment: 16)
    }

    deinit { buffer.deallocate() }

    /// The number of bytes read from the file.
    package private(set) var bytesRead = 0

    /// The device and inode of the open file, to notice that the path refers to another one.
    package var identity: FileIdentity { file.identity }

    /// The line that `next()` returned last, as it is stored.
    package var latestLine: String {
        String(decoding: UnsafeRawBufferPointer(rebasing: buffer[latest]), as: UTF8.self)
    }

    /// Indicates whether the file has become shorter than the part that was read.
    package var isCutOff: Bool {
        guard let status = try? file.status(), let offset = try? file.position else { return false }
        return Int(status.st_size) < offset
    }

    /// Continues at the start of a file that was truncated.
    package mutating func rewind() {
        (consumed, filled, latest) = (0, 0, 0..<0)
        skipping = false
        try? file.rewind()
    }

    /// Returns the next line; `nil` at the current end of the file.
    ///
    /// - Throws: ``RecordError`` when the first line is not a header this version can read, or when reading fails.
    package mutating func next() throws(RecordError) -> Line? {
        try next(takeObject: nil)
    }

    /// Returns the next line; objects, of which there may be millions, go to `takeObject` if that is faster.
    ///
    /// They lack their sequence number, which no sum of objects needs.
    package mutating func next(
        takeObject: ((TrackedObjectRecord) -> Void)?
    ) throws(RecordError) -> Line? {
        while true {
            if let range = completeLine() {
                consumed = range.upperBound + 1
                lineNumber += 1
                latest = skipping ? 0..<0 : range
                if let takeObject, isBegun, !skipping,
                    let object = objects.read(UnsafeRawBufferPointer(rebasing: buffer[range]))
                {
                    takeObject(object)
                    continue
                }
                if skipping {
                    skipping = false
                    return .damaged(reason: "it is longer than any record")
                }
                let bytes = UnsafeRawBufferPointer(rebasing: buffer[range])
                return try line(decoder.decode(bytes), isTornHeader: Header.isTorn(bytes))
            }
            if try fill() == 0 { return nil }
        }
    }

    /// Converts an outcome to a line; `isTornHeader` means the incomplete header of a process that was killed when it
    /// created the file: the next process ended that line and wrote another header.
    private mutating func line(_ outcome: RecordDecoder.Outcome, isTornHeader: Bool) throws(RecordError) -> Line {
        switch outcome {
        case .record(let record):
            if case .header(let header) = record.payload, header.format > Header.currentFormat {
                throw .newerFormat(path: path.string, found: header.format, supported: Header.currentFormat)
            }
            if !isBegun, record.kind != .header {
                throw .notRecords(path: path.string, reason: "it is a \(record.kind.rawValue)")
            }
            isBegun = true
            return .record(record)
        case .unknown(let kind):
            if !isBegun { throw .notRecords(path: path.string, reason: "it is of the kind \"\(kind)\"") }
            return .unknown(kind: kind)
        case .damaged(let reason):
            if !isBegun, !isTornHeader { throw .notRecords(path: path.string, reason: reason) }
            return .damaged(reason: reason)
        }
    }

    private func completeLine() -> Range<Int>? {
        guard let base = buffer.baseAddress, filled > consumed,
            let newline = memchr(base + consumed, 0x0A, filled - consumed)
        else { return nil }
        return consumed..<UnsafeRawPointer(newline) - UnsafeRawPointer(base)
    }

    private mutating func fill() throws(RecordError) -> Int {
        latest = 0..<0
        if consumed > 0 {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[consumed..<filled]))
            filled -= consumed
            consumed = 0
        }
        if filled == buffer.count {
            if buffer.count < Self.longestLine {
                let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: buffer.count * 2, alignment: 16)
                larger.copyMemory(from: UnsafeRawBufferPointer(buffer))
                buffer.deallocate()
                buffer = larger
            } else {
                skipping = true
                filled = 0
            }
        }
        do throws(Errno) {
            let count = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
            filled += count
            bytesRead += count
            return count
        } catch {
            throw .cannotRead(path: path.string, line: lineNumber, errno: error)
        }
    }
}
