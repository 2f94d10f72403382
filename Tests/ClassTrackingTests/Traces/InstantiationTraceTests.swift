import ClassTracking
import Glibc
import Synchronization
import Testing

/// pympler's case `TrackClassTestCase.test_trace`, and what else there is to say about where objects are created.
@Suite("Instantiation traces", .serialized)
struct InstantiationTraceTests {
    private final class Traced: Sendable {
        let number: Int
        init(_ number: Int = 0) { self.number = number }
    }

    private let tracker = ClassTracker()

    @Test("Instances have traces where that was asked for, and none elsewhere")
    func instancesHaveTraces() throws {
        final class Plain {}
        try tracker.trackClass(Traced.self, name: "Traced", trace: true)
        try tracker.trackClass(Plain.self, name: "Plain")
        let (traced, plain) = (Traced(), Plain())
        let record = try #require(tracker.index["Traced"]?.first)
        #expect(record.trace > 0)
        #expect(tracker.index["Plain"]?.map(\.trace) == [0])
        #expect(tracker.trace(0) == nil)
        #expect(try #require(tracker.trace(record.trace)).frames.count > 1)
        try tracker.trackClass(Traced.self, name: "Traced")
        let untraced = Traced()
        #expect(tracker.index["Traced"]?.map { $0.trace > 0 } == [true, false])
        tracker.close()
        withExtendedLifetime((traced, plain, untraced)) {}
    }

    @inline(never)
    private func create(_ count: Int = 1) -> (objects: [Traced], line: Int) {
        ((0..<count).map { Traced($0) }, #line)
    }

    @inline(never)
    private func createElsewhere() -> (object: Traced, line: Int) { (Traced(), #line) }

    @Test("The function and the line that created an object are in its trace")
    func linesAreNamed() throws {
        try tracker.trackClass(Traced.self, name: "Traced", trace: true)
        let (object, line) = createElsewhere()
        let site = try #require(tracker.instantiationSites(of: "Traced").first)
        let frame = try #require(site.trace?.site)
        #expect(frame.function?.contains("createElsewhere()") == true, "\(site)")
        #expect(frame.image?.isEmpty == false)
        // A release build has no lines.
        if let file = frame.file {
            #expect(file.hasSuffix("InstantiationTraceTests.swift"))
            #expect(frame.line == line)
            #expect(frame.description.contains("at InstantiationTraceTests.swift:\(line) in "))
        }
        let text = try #require(site.trace?.description)
        #expect(text.hasPrefix("#0 "))
        #expect(text.contains("linesAreNamed()"))
        #expect(site.description.hasPrefix("1 live, 0 dead: "))
        tracker.close()
        withExtendedLifetime(object) {}
    }

    @Test("Objects are grouped by the line that creates them, the dead ones too")
    func sitesAreCounted() throws {
        try tracker.trackClass(Traced.self, name: "Traced", trace: true)
        let many = create(1000).objects
        let one = createElsewhere().object
        for _ in 0..<10 { _ = create(1) }
        let sites = tracker.instantiationSites(of: "Traced")
        // The line in `create` is reached from two lines here.
        #expect(sites.map(\.live) == [1000, 1, 0])
        #expect(sites.map(\.dead) == [0, 0, 10])
        #expect(Set(try #require(tracker.index["Traced"]).map(\.trace)).count == 3)
        #expect(tracker.instantiationSites(of: "Nobody").isEmpty)
        tracker.close()
        // What was gathered can still be read.
        #expect(tracker.instantiationSites(of: "Traced") == sites)
        withExtendedLifetime((many, one)) {}
    }

    @inline(never)
    private func descend(_ depth: Int, _ body: () -> Traced) -> (Traced, Int) {
        guard depth > 0 else { return (body(), 0) }
        let (object, reached) = descend(depth - 1, body)
        return (object, reached + 1)
    }

    @Test("A stack of any depth is kept as far as the limit")
    func depthIsBounded() async throws {
        try tracker.trackClass(Traced.self, name: "Traced", trace: true)
        let object = await onThread { descend(10_000) { Traced() }.0 }
        let record = try #require(tracker.index["Traced"]?.first)
        let trace = try #require(tracker.trace(record.trace))
        #expect(Set(trace.frames.map(\.address)).count < 8)
        #expect(trace.frames.count == 32)
        #expect(trace.frames.contains { $0.function?.contains("descend") == true })
        tracker.close()
        withExtendedLifetime(object) {}
    }

    @Test("Objects born on threads, in tasks, actors, generic code and closures have traces")
    func allBirthsHaveTraces() async throws {
        try tracker.trackClass(Traced.self, name: "Traced", trace: true)
        let onThread = await onThread { makeOnThread() }
        let inTask = await Task { await Self.makeInTask() }.value
        let inActor = await Maker().makeInActor()
        let inGeneric = makeGenerically(1) { Traced($0) }
        let inClosure = { () -> Traced in
            let inner = { Traced() }
            return inner()
        }()
        let texts = tracker.instantiationSites(of: "Traced").compactMap { $0.trace?.description }
        #expect(texts.count == 5)
        for name in ["makeOnThread", "makeInTask", "makeInActor", "makeGenerically", "closure #1"] {
            #expect(texts.contains { $0.contains(name) }, "\(name)")
        }
        tracker.close()
        withExtendedLifetime((onThread, inTask, inActor, inGeneric, inClosure)) {}
    }

    @inline(never)
    private func makeOnThread() -> Traced { Traced() }

    @inline(never)
    private static func makeInTask() async -> Traced {
        await Task.yield()
        return Traced()
    }

    @inline(never)
    private func makeGenerically<Value, Made>(_ value: Value, _ make: (Value) -> Made) -> Made { make(value) }

    private actor Maker {
        var made = 0

        @inline(never)
        func makeInActor() -> Traced {
            made += 1
            return Traced(made)
        }
    }

    @Test("Threads that create objects at the same lines share their stacks")
    func threadsShareStacks() async throws {
        try tracker.trackClass(Traced.self, name: "Traced", trace: true)
        let objects = await withTaskGroup(of: [Traced].self) { group in
            for _ in 0..<8 { group.addTask { await onThread { (0..<2000).map { Traced($0) } } } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        let sites = tracker.instantiationSites(of: "Traced")
        #expect(sites.count == 1)
        #expect(sites.first?.live == 16_000)
        tracker.close()
        withExtendedLifetime(objects) {}
    }

    @Test("Trackers come and go while threads create objects")
    func trackersComeAndGo() async throws {
        let flag = Flag()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for depth in 0..<4 {
                group.addTask {
                    await onThread {
                        while !flag.isUp.load(ordering: .relaxed) { _ = descend(depth * 10) { Traced() } }
                    }
                }
            }
            defer { flag.isUp.store(true, ordering: .relaxed) }
            for _ in 0..<50 {
                let tracker = ClassTracker()
                try tracker.trackClass(Traced.self, name: "Traced", trace: true)
                let objects = create().objects
                let ids = Set(try #require(tracker.index["Traced"]).map(\.trace))
                #expect(ids.allSatisfy { $0 > 0 })
                #expect(tracker.traces(ids).allSatisfy { !$0.frames.isEmpty })
                tracker.close()
                withExtendedLifetime(objects) {}
            }
        }
    }
}

/// Runs on a thread of its own, whose stack is known from top to bottom.
func onThread<Value>(_ body: () -> Value) async -> Value {
    withoutActuallyEscaping(body) { body in
        var result: Value?
        withUnsafeMutablePointer(to: &result) { place in
            let work = ThreadWork { place.pointee = body() }
            var handle = pthread_t()
            let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
                if let context { Unmanaged<ThreadWork>.fromOpaque(context).takeUnretainedValue().body() }
                return nil
            }
            pthread_create(&handle, nil, run, Unmanaged.passUnretained(work).toOpaque())
            pthread_join(handle, nil)
            withExtendedLifetime(work) {}
        }
        guard let result else { fatalError("the thread did not run") }
        return result
    }
}

private final class Flag: Sendable {
    let isUp = Atomic<Bool>(false)
}

private final class ThreadWork {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
}
