import Testing
import TrackingRecords
import TrackingTestSupport

@testable import RecordReading

@Suite("Lines of objects")
struct ObjectLineTests {
    private func read(_ line: String) -> (fast: TrackedObjectRecord?, slow: TrackedObjectRecord?) {
        var (reader, decoder) = (ObjectLineReader(), RecordDecoder())
        return Array(line.utf8)
            .withUnsafeBytes { bytes in
                guard case .record(let record) = decoder.decode(bytes), case .object(let object) = record.payload else {
                    return (reader.read(bytes), nil)
                }
                return (reader.read(bytes), object)
            }
    }

    private static var plain: TrackedObjectRecord {
        var object = TrackedObjectRecord(
            id: 7,
            name: "app.Employee",
            className: "Employee",
            address: 0x7F00_1234_5678,
            birth: 0.123_456,
            death: 99.000_001
        )
        object.resolutionLevel = 2
        object.trace = 3
        object.sizes = [
            ObjectSize(timestamp: 1, size: SizedObject(name: "Employee", size: 96, flat: 48)),
            ObjectSize(timestamp: 2.5, size: SizedObject(name: "Employee", size: 112, flat: 48)),
        ]
        return object
    }

    @Test("The short way gives what the long way gives")
    func equality() {
        var objects = [Self.plain, TrackedObjectRecord(id: 1, name: "Node", className: "Node", address: 0, birth: 0)]
        objects.append(TrackedObjectRecord(id: 1, name: "größe\u{7F}", className: "a\"b\\", address: 1, birth: 1e8))
        for object in objects {
            let (fast, slow) = read(Record(sequence: 5, .object(object)).jsonLine)
            #expect(slow == object)
            #expect(fast == nil || fast == object)
        }
        #expect(read(Record(.object(Self.plain)).jsonLine).fast == Self.plain)
    }

    @Test("An object with every field that the short way knows is read as the schema says")
    func schema() throws {
        guard case .object(var object) = RecordFixture.filled(.object).record.payload else { return }
        object.className = "Other"
        object.sizes = object.sizes.map {
            let size = SizedObject(name: "Other", size: $0.size.size, flat: $0.size.flat)
            return ObjectSize(timestamp: $0.timestamp, size: size)
        }
        (object.omittedSizes, object.omittedReferents) = (0, 0)
        for keepsName in [true, false] {
            object.name = keepsName ? "name" : "Other"
            let (fast, slow) = read(Record(sequence: 5, .object(object)).jsonLine)
            #expect(fast == object)
            #expect(slow == object)
        }
    }

    @Test("What the long way has to read is left to it")
    func others() {
        var nested = Self.plain
        nested.sizes[0].size.referents = [SizedObject(name: "name: String", size: 32, flat: 32)]
        var omitted = Self.plain
        omitted.omittedSizes = 3
        for object in [nested, omitted] {
            let (fast, slow) = read(Record(.object(object)).jsonLine)
            #expect(fast == nil)
            #expect(slow == object)
        }
    }

    @Test("A line that is damaged at any byte is read the same both ways, or not at all the short way")
    func damage() {
        let line = Array(Record(sequence: 5, .object(Self.plain)).jsonLine.utf8)
        for position in line.indices {
            for byte in [0, 0x20, 0x22, 0x2C, 0x2D, 0x30, 0x39, 0x5C, 0x5D, 0x7D, 0x80, 0xFF] as [UInt8] {
                var damaged = line
                damaged[position] = byte
                let text = String(decoding: damaged, as: UTF8.self)
                guard text.utf8.elementsEqual(damaged) else { continue }
                let (fast, slow) = read(text)
                #expect(fast == nil || fast == slow, "\(text)")
            }
            let (fast, slow) = read(String(decoding: line[..<position], as: UTF8.self))
            #expect(fast == nil && slow == nil)
        }
    }
}
