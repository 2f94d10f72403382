import Testing
import TrackingRecords
import TrackingTestSupport

@testable import RecordReading

@Suite("Records of snapshots and objects")
struct ObjectRecordTests {
    private func decode(_ line: some Sequence<UInt8>) -> RecordDecoder.Outcome {
        var decoder = RecordDecoder()
        return Array(line).withUnsafeBytes { decoder.decode($0) }
    }

    private func decoded(_ record: Record, grows: Bool = false) -> (record: Record?, line: String) {
        var writer = FieldWriter(style: .json, grows: grows)
        record.write(to: &writer)
        let line = String(decoding: writer.bytes.dropLast(), as: UTF8.self)
        if case .record(let record) = decode(line.utf8) { return (record, line) }
        return (nil, line)
    }

    /// A tree with more parts than a line has room for, the large ones deep.
    private func wide(_ count: Int) -> SizedObject {
        let leaves = (0..<count).map { SizedObject(name: "[\($0)]", size: $0 + 1, flat: $0 + 1) }
        let sum = leaves.reduce(0) { $0 + $1.size }
        let list = SizedObject(name: "items: Array<Item>", size: sum + 32, flat: 32, referents: leaves)
        let small = SizedObject(name: "name: String", size: 0, flat: 0)
        return SizedObject(name: "Node", size: sum + 96, flat: 64, referents: [small, list])
    }

    @Test("The lines have exactly these bytes")
    func exactLines() {
        let object = TrackedObjectRecord(id: 7, name: "App.Node", className: "Node", address: 4096, birth: 1.5)
        var sized = object
        sized.sizes = [ObjectSize(timestamp: 2, size: SizedObject(name: "Node", size: 64, flat: 48))]
        #expect(
            Record(sequence: 3, .object(sized)).jsonLine
                == #"{"record":"object","seq":3,"id":7,"name":"App.Node","class":"Node","address":4096,"#
                + #""birth_t_seconds":1.500000,"sizes":[[2.000000,64,48]]}"#
        )
        let tree = ObjectExamples.classSize(ObjectExamples.tree)
        #expect(
            Record(.classSize(tree)).jsonLine
                == #"{"record":"class","t_seconds":3.250000,"unix_seconds":1795379838.500000,"snapshot":12,"#
                + #""name":"MyApp.Connection","active":120,"sum_bytes":4300800,"average_bytes":36141,"#
                + #""percent":13.570312,"created":10,"destroyed":3,"unsized":1,"merged":["Factory",4864,48,"#
                + #"[[1,"employees: Array<Employee>",4500,832],[2,"[0]",36,36],[2,"[1]",37,20],"#
                + #"[3,"name: String",17,17],[1,"name: \"\u00e9\"\n",316,316]]]}"#
        )
        #expect(
            Record(.trace(TraceRecord(timestamp: 1, wallTime: 2, trace: ObjectExamples.trace))).jsonLine
                .hasSuffix(#",[1,"g()"],[2,null,null,null,"b.so"],[3,null,"b.swift"],[-1]]}"#)
        )
    }

    @Test("A snapshot's line has its classes counted, and each class a record of its own, the largest first")
    func announcement() {
        var snapshot = ObjectExamples.snapshot
        (snapshot.classCount, snapshot.objectCount) = (0, 0)
        for (name, sum) in [("b", 7), ("a", 7), ("c", 9)] {
            var size = ClassSize()
            (size.active, size.sum) = (2, sum)
            snapshot.classes[name] = size
        }
        #expect(snapshot.namesBySize == ["c", "a", "b"])
        #expect(snapshot.record(of: "c")?.size.sum == 9)
        #expect(snapshot.record(of: "d") == nil)
        guard case .snapshot(let read) = decoded(Record(.snapshot(snapshot))).record?.payload else {
            Issue.record("not a snapshot")
            return
        }
        #expect(read.classCount == 3)
        #expect(read.objectCount == 6)
        #expect(read.classes.isEmpty)
        #expect(read == snapshot.announcement)
    }

    @Test("Of too many referents the largest are kept, and what they lie in, and the others counted")
    func pruning() throws {
        let tree = wide(2000)
        let record = Record(sequence: 1, .object(ObjectExamples.object([ObjectSize(timestamp: 1, size: tree)])))
        let (read, line) = decoded(record)
        #expect(line.utf8.count < FieldWriter.capacity)
        #expect(line.utf8.count > 3800)
        guard case .object(let object) = read?.payload else {
            Issue.record("not an object: \(line)")
            return
        }
        let kept = try #require(object.sizes.first?.size)
        #expect(kept.referents.map(\.name) == ["items: Array<Item>"])
        #expect(kept.size == tree.size)
        let items = kept.referents[0].referents
        #expect(items.count > 100)
        #expect(items == tree.referents[1].referents.suffix(items.count))
        #expect(object.omittedReferents == 2000 - items.count + 1)
        // And once more: what is missing stays counted.
        let (again, _) = decoded(Record(sequence: 1, .object(object)))
        #expect(again?.payload == .object(object))
    }

    @Test("The sums of a class are pruned in the same way")
    func pruningClasses() {
        let (read, line) = decoded(Record(sequence: 1, .classSize(ObjectExamples.classSize(wide(2000)))))
        #expect(line.utf8.count < FieldWriter.capacity)
        guard case .classSize(let size) = read?.payload else {
            Issue.record("not a class: \(line)")
            return
        }
        #expect(size.size.omittedReferents > 1000)
        #expect(size.size.merged?.referents.first?.name == "items: Array<Item>")
        #expect(size.size.active == 120)
    }

    @Test("A writer that grows loses nothing", arguments: [10, 1000, 20_000])
    func growing(count: Int) {
        let sizes = (0..<3).map { ObjectSize(timestamp: Double($0), size: wide(count / 4)) }
        let object = Record(sequence: 1, .object(ObjectExamples.object(sizes)))
        #expect(decoded(object, grows: true).record == object)
        let frames = (0..<count).map { TraceFrame(address: UInt($0), function: "function number \($0)") }
        let trace = InstantiationTrace(id: 1, frames: frames)
        let record = Record(.trace(TraceRecord(timestamp: 1, wallTime: 2, trace: trace)))
        #expect(decoded(record, grows: true).record == record)
        let counts = (0..<count).map { InstanceCount(timestamp: Double($0), count: $0) }
        let history = Record(.history(HistoryRecord(timestamp: 1, wallTime: 2, name: "Node", counts: counts)))
        #expect(decoded(history, grows: true).record == history)
        let empty = Record(.history(HistoryRecord(timestamp: 1, wallTime: 2, name: "Node", counts: [])))
        #expect(decoded(empty).record == empty)
        let name = String(repeating: "Generic<", count: 100) + String(count)
        let named = Record(.object(TrackedObjectRecord(id: 1, name: name, className: name, address: 0, birth: 0)))
        #expect(decoded(named, grows: true).record == named)
    }

    @Test("A line of a writer that grows ends where readers end, and tells what is missing")
    func longest() {
        let tree = wide(100_000)
        let (read, line) = decoded(
            Record(.object(ObjectExamples.object([ObjectSize(timestamp: 1, size: tree)]))),
            grows: true
        )
        #expect(line.utf8.count < FieldWriter.longestLine)
        #expect(line.utf8.count > FieldWriter.longestLine - 3000)
        guard case .object(let object) = read?.payload else {
            Issue.record("not an object")
            return
        }
        #expect(object.omittedReferents > 10_000)
        #expect(object.sizes.first?.size.size == tree.size)
    }

    @Test("A long stack keeps its innermost calls, and counts the others")
    func longStack() {
        let frames = (0..<500).map { TraceFrame(address: UInt($0), function: "function number \($0)") }
        let trace = InstantiationTrace(id: 1, frames: frames)
        let (read, line) = decoded(Record(.trace(TraceRecord(timestamp: 1, wallTime: 2, trace: trace))))
        #expect(line.utf8.count < FieldWriter.capacity)
        guard case .trace(let record) = read?.payload else {
            Issue.record("not a trace: \(line)")
            return
        }
        #expect(record.trace.frames.count > 80)
        #expect(record.trace.frames == Array(frames.prefix(record.trace.frames.count)))
        #expect(record.trace.frames.count + record.trace.omittedFrames == 500)
    }

    @Test("Of an object's sizes the latest are kept where not all fit")
    func manySizes() {
        let sizes = (0..<1000)
            .map { ObjectSize(timestamp: Double($0), size: SizedObject(name: "Factory", size: $0, flat: 1)) }
        let (read, line) = decoded(Record(.object(ObjectExamples.object(sizes))))
        #expect(line.contains("\"sizes_omitted\":"))
        guard case .object(let object) = read?.payload else {
            Issue.record("not an object: \(line)")
            return
        }
        #expect(object.sizes.count > 50)
        #expect(object.sizes == Array(sizes.suffix(object.sizes.count)))
    }

    @Test("A spike with a thousand classes has room for the samples before it")
    func manyClasses() {
        var spike = ObjectExamples.spike
        spike.grown = (0..<1000)
            .map { (number: Int) in
                ClassGrowth(name: "Class\(number)", bytes: number, instances: 1, created: 2, destroyed: 1, allocated: 3)
            }
        let (read, line) = decoded(Record(sequence: 1, .spike(spike)))
        #expect(line.utf8.count < FieldWriter.capacity)
        guard case .spike(let less) = read?.payload else {
            Issue.record("not a spike: \(line)")
            return
        }
        #expect(less.grown.count > 20)
        #expect(less.grown == Array(spike.grown.prefix(less.grown.count)))
        #expect(less.grown.count + less.omittedGrowth == 1003)
        #expect(less.grown.reduce(less.omittedGrowthBytes) { $0 + $1.figure } == 999 * 500 - 4096)
        #expect(less.before == spike.before)
        #expect(less.untracked == 34 << 20)
    }

    @Test(
        "Lists of the wrong shape are damage",
        arguments: [
            #""sizes":[1]"#, #""sizes":[[]]"#, #""sizes":[[1,2]]"#, #""sizes":[[1,2,3,4]]"#, #""sizes":[["1",2,3]]"#,
            #""sizes":[[1,2,3,[[0,"a",1,1]]]]"#, #""sizes":[[1,2,3,[[2,"a",1,1]]]]"#,
            #""sizes":[[1,2,3,[[1,"a",1,1],[3,"b",1,1]]]]"#, #""sizes":[[1,2,3,[[1,"a",1]]]]"#,
            #""sizes":[[1,2,3,[[1,2,1,1]]]]"#, #""sizes":[[1,2,3,[],5]]"#, #""sizes":[[1,2,3,[[1,"\ud800",1,1]]]]"#,
            #""sizes":[[1,2,"#,
        ]
    )
    func damagedLists(list: String) {
        let line = #"{"record":"object","id":1,"name":"n","birth_t_seconds":1,"# + list + "}"
        guard case .damaged = decode(line.utf8) else {
            Issue.record("\(line) was taken for an object")
            return
        }
    }

    @Test("What a newer version puts behind known values is skipped")
    func newerLists() throws {
        let object =
            #"{"record":"object","id":1,"name":"n","birth_t_seconds":1,"x":[[]],"#
            + #""sizes":[[1,2,3,[[1,"a",1,1,"new",[2]]],"old",true]]}"#
        guard case .record(let record) = decode(object.utf8), case .object(let read) = record.payload else {
            Issue.record("not an object")
            return
        }
        #expect(read.sizes.first?.size.referents == [SizedObject(name: "a", size: 1, flat: 1)])
        let trace = #"{"record":"trace","t_seconds":1,"unix_seconds":2,"trace":1,"frames":[[1,"f",null,3,"i",[4]]]}"#
        guard case .record(let second) = decode(trace.utf8), case .trace(let stack) = second.payload else {
            Issue.record("not a trace")
            return
        }
        #expect(stack.trace.frames == [TraceFrame(address: 1, function: "f", line: 3, image: "i")])
    }

    @Test("Referents nested beyond all measure are damage, not a stack overflow")
    func hostileDepth() {
        let rows = (1...20_000).map { #"[\#($0),"a",1,1]"# }.joined(separator: ",")
        let line = #"{"record":"object","id":1,"name":"n","birth_t_seconds":1,"sizes":[[1,2,3,[\#(rows)]]]}"#
        guard case .damaged = decode(line.utf8) else {
            Issue.record("it was taken for an object")
            return
        }
    }

    @Test("A torn line is never taken for a shorter record", arguments: ObjectExamples.records)
    func torn(record: Record) {
        let line = Array(record.jsonLine.utf8)
        for length in 0..<line.count {
            guard case .damaged = decode(line.prefix(length)) else {
                Issue.record("the first \(length) bytes were taken for a record")
                return
            }
        }
    }

    @Test("Equal names are one string, different ones stay apart")
    func names() {
        var cache = NameCache()
        let names = (0..<500).map { "Some.Long.Module.Class\($0)" }
        for _ in 0..<3 {
            for name in names { #expect(Array(name.utf8).withUnsafeBytes { cache.text($0) } == name) }
        }
        #expect([0xFF, 0xFE].withUnsafeBytes { cache.text(UnsafeRawBufferPointer(rebasing: $0[..<1])) } == nil)
    }

    @Test("Messages are one line that says what there is")
    func messages() {
        func message(_ payload: Record.Payload) -> String { Record(payload).message }
        var snapshot = ObjectExamples.snapshot
        snapshot.processMemory = ProcessMemory()
        #expect(
            message(.snapshot(snapshot))
                == "snapshot 12 \"after \"login\"\": 3 classes, 12,345 objects, 4.2 MiB tracked, heap 8.6 MiB, "
                + "2 not sized, 1 birth or death missed, 19 left out before it, took 3 ms, forked, paused 12.4 ms, not forked: a \"reason\""
        )
        #expect(
            message(.classSize(ObjectExamples.classSize(nil)))
                == "class MyApp.Connection: 120 active, 4.1 MiB, 35.3 KiB each, 10 created, 3 destroyed, 1 not sized"
        )
        var spike = ObjectExamples.spike
        func parts() -> [String] { message(.spike(spike)).split(separator: "; ").dropFirst().map(String.init) }
        let height =
            "about +210.0 MiB in MyApp.Connection (12,000 instances), +77 B in Buffer<\"x\"> (5 instances created), "
            + "-4.0 KiB in 3 further classes, 5 B of that not resident, or before already, 30.0 MiB not looked at, "
            + "4.0 MiB untracked"
        // What is held now does not hide what was held at the height.
        let level =
            "now holds +210.0 MiB in MyApp.Connection (12,000 instances), +77 B in Buffer<\"x\"> (5 instances created), "
            + "+77 B in 1 further class, 8.0 KiB of that not resident, or before already"
        #expect(parts() == [height, level, "4 firings suppressed before it"])
        spike.levelUntracked = nil
        #expect(parts() == [height, "4 firings suppressed before it"])
        #expect(
            message(.trace(TraceRecord(timestamp: 1, wallTime: 2, trace: ObjectExamples.trace)))
                == "trace 4: 5 calls, innermost f<A>(_: Int) -> () at /src/a.swift:7"
        )
        #expect(
            message(.history(HistoryRecord(timestamp: 1, wallTime: 2, name: "Node", counts: ObjectExamples.history)))
                == "history of Node: 1000 to 5000 objects"
        )
        let object = TrackedObjectRecord(id: 7, name: "App.Node", className: "Node", address: 16, birth: 1, death: 2)
        #expect(message(.object(object)) == "object 7 of App.Node: Node at 0x10, 0 B, born at 1 s, died at 2 s")
    }
}
