/// A stack that created tracked objects, stored once for all of them.
public struct InstantiationTrace: Sendable, Equatable {
    /// The identifier, unique in its tracker, from 1; ``TrackedObjectRecord/trace`` refers to it.
    public var id: Int
    /// The calls, innermost first: the first one created the object.
    ///
    /// Inlined calls are included if the debug information describes them.
    public var frames: [TraceFrame]
    /// The number of outermost calls that are missing, because they did not fit into a record.
    @usableFromInline
    package var omittedFrames = 0

    /// Creates a trace.
    ///
    /// - Parameters:
    ///   - id: The identifier, unique in its tracker, from 1.
    ///   - frames: The calls, innermost first.
    package init(id: Int, frames: [TraceFrame]) {
        self.id = id
        self.frames = frames
    }

    /// The call that shows where the object was created: the first that is not an initializer of its own class.
    ///
    /// The innermost call if there is no other; `nil` for an empty stack.
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
/// It precedes the first object that refers to it.
public struct TraceRecord: Sendable, Equatable {
    /// The time at which the record was made, in seconds since the tracker began.
    @usableFromInline
    package var timestamp: Double
    /// The time at which the record was made, in seconds since 1970.
    @usableFromInline
    package var wallTime: Double
    /// The trace.
    public var trace: InstantiationTrace

    /// Creates a record.
    ///
    /// - Parameters:
    ///   - timestamp: The time in seconds since the tracker began.
    ///   - wallTime: The time in seconds since 1970.
    ///   - trace: The trace.
    package init(timestamp: Double, wallTime: Double, trace: InstantiationTrace) {
        self.timestamp = timestamp
        self.wallTime = wallTime
        self.trace = trace
    }
}

/// One call on a stack.
public struct TraceFrame: Sendable, Hashable {
    /// The address of the call in the process; an inlined call has the address of the function into which it was
    /// inlined.
    public var address: UInt
    /// The function, demangled; `nil` if no symbol is known.
    public var function: String?
    /// The source file, as the debug information gives it; `nil` without debug information.
    public var file: String?
    /// The line in the source file, from 1.
    public var line: Int?
    /// The file name of the executable or library that contains the code.
    public var image: String?

    /// Creates a frame.
    ///
    /// - Parameters:
    ///   - address: The address of the call.
    ///   - function: The function, demangled.
    ///   - file: The source file.
    ///   - line: The line in it.
    ///   - image: The file name of the executable or library.
    package init(
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
    /// The known parts of `Factory.populate(_:) at Factory.swift:12 in my-service`.
    public var description: String {
        var text = function ?? "0x" + String(address, radix: 16)
        if let file {
            let name = file.split(separator: "/").last.map(String.init) ?? file
            text += " at " + name + (line.map { ":\($0)" } ?? "")
        }
        return image.map { text + " in " + $0 } ?? text
    }

    /// Indicates whether the function is one of the Swift runtime.
    var isRuntime: Bool { function?.hasPrefix("swift_") == true || function?.hasPrefix("_swift_") == true }

    /// The type whose initializer the function is: `Employee` for `specialized Employee.__allocating_init(name:)`.
    var initializedType: Substring? {
        // Excludes code within an initializer: `closure #1 in Box.init(_:)`.
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
