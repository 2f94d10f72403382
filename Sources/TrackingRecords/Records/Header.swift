/// The first line of every file, which describes the process of the records after it.
public struct Header: Sendable, Equatable {
    /// The version of the format this library writes, and the newest it reads.
    package static let currentFormat = 1

    /// The first bytes of every header's line, and so of every file.
    package static let firstBytes = Array(#"{"record":"header""#.utf8)

    /// Indicates whether a damaged line is the beginning of a header.
    package static func isTorn(_ line: UnsafeRawBufferPointer) -> Bool {
        !line.isEmpty && line.prefix(firstBytes.count).elementsEqual(firstBytes.prefix(line.count))
    }

    /// The version of the format.
    @usableFromInline
    package var format: Int
    /// The program's file name.
    public var program: String
    /// The process identifier.
    public var processID: Int
    /// The kernel's identifier of this boot, 32 hexadecimal digits; monotonic times compare within one boot only.
    @usableFromInline
    package var bootID: String?
    /// systemd's identifier of this run of the unit, 32 hexadecimal digits; `nil` outside a unit.
    @usableFromInline
    package var invocationID: String?
    /// The time at which the tracker began, in seconds since 1970: the zero of every `t_seconds`.
    public var startTime: Double
    /// The seconds between two samples; 0 in the dump of a tracker that never took periodic ones.
    public var interval: Double
    /// The Swift version with which the library was compiled, such as `6.3`.
    public var swiftVersion: String
    /// The version of the tracker that wrote the record; `nil` in records of earlier versions, which did not store it.
    public var trackerVersion: String?
    /// The memory limit of the process, in bytes: its control group's limit, or the configuration's `spike.limit`;
    /// `nil` if there is none.
    public var memoryLimit: Int?

    /// Creates a header.
    ///
    /// - Parameters:
    ///   - program: The program's file name.
    ///   - processID: The process identifier.
    ///   - bootID: The kernel's identifier of this boot.
    ///   - invocationID: systemd's identifier of this run of the unit.
    ///   - startTime: The time at which the tracker began, in seconds since 1970.
    ///   - interval: The seconds between two samples.
    ///   - swiftVersion: The Swift version with which the library was compiled.
    ///   - trackerVersion: The version of the tracker.
    ///   - memoryLimit: The memory limit of the process, in bytes.
    package init(
        program: String,
        processID: Int,
        bootID: String? = nil,
        invocationID: String? = nil,
        startTime: Double,
        interval: Double,
        swiftVersion: String,
        trackerVersion: String? = nil,
        memoryLimit: Int? = nil
    ) {
        format = Self.currentFormat
        self.program = program
        self.processID = processID
        self.bootID = bootID
        self.invocationID = invocationID
        self.startTime = startTime
        self.interval = interval
        self.swiftVersion = swiftVersion
        self.trackerVersion = trackerVersion
        self.memoryLimit = memoryLimit
    }

    /// Indicates whether both headers belong to one run: after each rotation, a file begins with a header.
    package func isSameRun(as other: Header) -> Bool {
        processID == other.processID && bootID == other.bootID && program == other.program
            && abs(startTime - other.startTime) < 1
    }
}

extension Header: RecordBody {
    @usableFromInline
    package static var blank: Header {
        Header(program: "", processID: 0, startTime: 0, interval: 0, swiftVersion: "")
    }

    @inlinable
    package mutating func visitFields(_ visitor: inout some FieldVisitor & ~Copyable) {
        visitor.required("format", &format, "Version of the format; readers refuse a newer one than theirs.")
        visitor.required("program", &program, "File name of the program.")
        visitor.required("pid", &processID, "Process identifier.")
        visitor.optional("boot_id", &bootID, "Kernel's identifier of this boot, 32 hexadecimal digits.")
        visitor.optional("invocation_id", &invocationID, "systemd's identifier of this run of the unit.")
        visitor.always("start_unix_seconds", &startTime, "When the tracker began, since 1970: the zero of `t_seconds`.")
        visitor.always("interval_seconds", &interval, "Time between two samples; 0 in a dump without periodic ones.")
        visitor.always("swift_version", &swiftVersion, "Swift version that the library was compiled with.")
        visitor.optional("tracker_version", &trackerVersion, "Version of the tracker that wrote this.")
        visitor.optional("memory_limit_bytes", &memoryLimit, "Memory that the process may have.")
    }
}
