/// A stack on which tracked objects were created, stored once however many there are.
public struct InstantiationTrace: Sendable, Equatable {
    /// Unique in its tracker, from 1; what ``TrackedObjectRecord/trace`` refers to.
    public var id: Int
    /// The calls, innermost first: the one that created the object.
    ///
    /// Those that were inlined are among them, as far as the debug information has them.
    public var frames: [TraceFrame]
    /// Outermost calls that are missing, because they did not fit into a record.
    public var omittedFrames = 0

    /// Makes a trace.
    ///
    /// - Parameters:
    ///   - id: Unique in its tracker, from 1.
    ///   - frames: The calls, innermost first.
    public init(id: Int, frames: [TraceFrame]) {
        self.id = id
        self.frames = frames
    }

    /// The call that says where the object was created: the first that is not an initialiser of its own class.
    ///
    /// The innermost one where there is no other; `nil` for an empty stack.
    public var site: TraceFrame? {
        guard let type = frames.first(where: { !$0.isRuntime })?.initializedType else {
            return frames.first { !$0.isRuntime } ?? frames.first
        }
        return frames.first { !$0.isRuntime && $0.initializedType != type } ?? frames.first
    }
}

extension InstantiationTrace: CustomStringConvertible {
    /// A line for each call: `#0 Factory.populate(_:) at Factory.swift:12 in my-service`.
    public var description: String {
        frames.enumerated().map { "#\($0) \($1)" }.joined(separator: "\n")
    }
}

/// A trace as a record of its own, `trace`.
///
/// It stands in front of the first object that refers to it.
public struct TraceRecord: Sendable, Equatable {
    /// Seconds since the tracker began when the record was made.
    public var timestamp: Double
    /// Seconds since 1970 when the record was made.
    public var wallTime: Double
    /// The trace.
    public var trace: InstantiationTrace

    /// Makes a record.
    ///
    /// - Parameters:
    ///   - timestamp: Seconds since the tracker began.
    ///   - wallTime: Seconds since 1970.
    ///   - trace: The trace.
    public init(timestamp: Double, wallTime: Double, trace: InstantiationTrace) {
        self.timestamp = timestamp
        self.wallTime = wallTime
        self.trace = trace
    }
}

/// One call on a stack.
public struct TraceFrame: Sendable, Hashable {
    /// The address of the call in the process; an inlined call has that of the function that it was inlined into.
    public var address: UInt
    /// The function, demangled; `nil` where no symbol is known.
    public var function: String?
    /// The source file, as the debug information has it; `nil` without debug information.
    public var file: String?
    /// The line in the source file, from 1.
    public var line: Int?
    /// The file name of the executable or library that the code is in.
    public var image: String?

    /// Makes a frame.
    ///
    /// - Parameters:
    ///   - address: The address of the call.
    ///   - function: The function, demangled.
    ///   - file: The source file.
    ///   - line: The line in it.
    ///   - image: The file name of the executable or library.
    public init(
        address: UInt,
        function: String? = nil,
        file: String? = nil,
        line: Int? = nil,
        image: String? = nil
    ) {
        self.address = address
        self.function = function
        self.file = file
        self.line = line
        self.image = image
    }
}

extension TraceFrame: CustomStringConvertible {
    /// `Factory.populate(_:) at Factory.swift:12 in my-service`, with what is known of it.
    public var description: String {
        var text = function ?? "0x" + String(address, radix: 16)
        if let file {
            let name = file.split(separator: "/").last.map(String.init) ?? file
            text += " at " + name + (line.map { ":\($0)" } ?? "")
        }
        return image.map { text + " in " + $0 } ?? text
    }

    /// Whether it is the Swift runtime's.
    var isRuntime: Bool { function?.hasPrefix("swift_") == true || function?.hasPrefix("_swift_") == true }

    /// The type that it is an initialiser of: `Employee` for `specialized Employee.__allocating_init(name:)`.
    var initializedType: Substring? {
        // Not what stands in an initialiser: `closure #1 in Box.init(_:)`.
        guard let function, !function.contains(" in ") else { return nil }
        let name = function.prefix { $0 != "(" }
        for ending in [".init", ".__allocating_init"] where name.hasSuffix(ending) {
            let type = name.dropLast(ending.count)
            return type.split(separator: " ").last ?? type
        }
        return nil
    }
}

extension TraceRecord: RecordBody {
    @usableFromInline
    package static var blank: TraceRecord {
        TraceRecord(timestamp: 0, wallTime: 0, trace: InstantiationTrace(id: 0, frames: []))
    }

    @inlinable
    package mutating func visitFields(_ visitor: inout some FieldVisitor & ~Copyable) {
        visitor.times(&timestamp, &wallTime)
        visitor.required("trace", &trace.id, "Number of the trace in its tracker, from 1.")
        let left = visitor.rows(Field("frames", .known, "The calls, innermost first."), &trace.frames, .all)
        visitor.unlessZero("frames_omitted", &trace.omittedFrames, adding: left, "Outermost calls that found no room.")
    }
}
