/// The first line of every file: which process the records after it are from.
public struct Header: Sendable, Equatable {
    /// The version of the format this library writes, and the newest it reads.
    public static let currentFormat = 1

    /// How the line of every header begins, and so every file.
    package static let firstBytes = Array(#"{"record":"header""#.utf8)

    /// Whether a damaged line is what was written of a header.
    package static func isTorn(_ line: UnsafeRawBufferPointer) -> Bool {
        !line.isEmpty && line.prefix(firstBytes.count).elementsEqual(firstBytes.prefix(line.count))
    }

    /// The version of the format.
    public var format: Int
    /// The program's file name.
    public var program: String
    /// The process identifier.
    public var processID: Int
    /// The kernel's identifier of this boot, 32 hexadecimal digits; monotonic times compare within one boot only.
    public var bootID: String?
    /// systemd's identifier of this run of the unit, 32 hexadecimal digits; `nil` outside of a unit.
    public var invocationID: String?
    /// When the tracker began, in seconds since 1970: the zero of every `t_seconds`.
    public var startTime: Double
    /// Seconds between two samples.
    public var interval: Double
    /// The Swift version the library was compiled with, such as `6.3`.
    public var swiftVersion: String
    /// The memory the process may have, in bytes: its control group's limit, or the configuration's `spike.limit`; `nil`
    /// where there is none.
    public var memoryLimit: Int?

    /// Makes a header.
    ///
    /// - Parameters:
    ///   - program: The program's file name.
    ///   - processID: The process identifier.
    ///   - bootID: The kernel's identifier of this boot.
    ///   - invocationID: systemd's identifier of this run of the unit.
    ///   - startTime: When the tracker began, in seconds since 1970.
    ///   - interval: Seconds between two samples.
    ///   - swiftVersion: The Swift version the library was compiled with.
    ///   - memoryLimit: The memory the process may have, in bytes.
    public init(
        program: String,
        processID: Int,
        bootID: String? = nil,
        invocationID: String? = nil,
        startTime: Double,
        interval: Double,
        swiftVersion: String,
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
        self.memoryLimit = memoryLimit
    }

    /// Whether both are of one run: a file begins with a header after each rotation.
    package func isSameRun(as other: Header) -> Bool {
        processID == other.processID && bootID == other.bootID && program == other.program
            && abs(startTime - other.startTime) < 1
    }
}
