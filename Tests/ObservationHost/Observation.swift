import ClassTracking
import Foundation
import Glibc

/// Tracks classes of all sorts, and makes and loses objects of them.
@MainActor
func observe(_ tracker: ClassTracker, opensLibraries: Bool) throws {
    try tracker.trackClass(Leaf.self, name: "leaf")
    checks.lives("final class", of: "leaf", tracker) { Leaf() }
    try tracker.trackClass(Base.self, name: "base")
    checks.lives("subclass", of: "base", tracker) { Derived() }
    try tracker.trackClass(Derived.self, name: "derived")
    checks.lives("most specialised class", of: "derived", tracker) { Derived() }
    try tracker.trackClass(Box<Int>.self, name: "box of Int")
    checks.lives("specialisation", of: "box of Int", tracker) { Box(1) }
    try tracker.trackClass(Counter.self, name: "actor")
    checks.lives("actor", of: "actor", tracker) { Counter() }
    try tracker.trackClass(hiddenClass, name: "private")
    checks.lives("private class", of: "private", tracker) { makeHidden() }
    try tracker.trackClass(Model.self, name: "NSObject subclass")
    checks.lives("subclass of NSObject", of: "NSObject subclass", tracker) { Model() }
    try tracker.trackClass(JSONEncoder.self, name: "JSONEncoder")
    checks.lives("class of Foundation", of: "JSONEncoder", tracker) { JSONEncoder() }
    try tracker.trackClass(NSMutableArray.self, name: "NSMutableArray")
    checks.lives("made within Foundation", of: "NSMutableArray", tracker) { try copy(of: NSArray(object: "a")) }
    try patterns(tracker)
    // What the standard library allocates is seen at the entry only.
    if RuntimeHooks.mode == .entries {
        try storages(tracker)
        try ownObjects()
    }
    threads(tracker)
    try failingInitialisers(tracker)
    try inlining(tracker)
    if opensLibraries { try openedLibraries(tracker) }
}

private struct Unexpected: Error {}

private func copy(of array: NSArray) throws -> AnyObject {
    guard let copy = array.mutableCopy() as? NSMutableArray else { throw Unexpected() }
    return copy
}

private let module = "observation_host"

@MainActor
private func patterns(_ tracker: ClassTracker) throws {
    checks.expect("unbound name", try tracker.trackClasses(matching: "\(module).Pair") == ["\(module).Pair"])
    checks.lives("specialisation of an unbound class", of: "\(module).Pair", tracker) { Pair(1, "") }
    checks.lives("another specialisation", of: "\(module).Pair", tracker) { Pair("", [1.5]) }
    let nested = try tracker.trackClasses(matching: "\(module).Outer.*")
    checks.expect("nested names", nested == ["\(module).Outer.Added", "\(module).Outer.Nested"], "\(nested)")
    checks.lives("nested class", of: "\(module).Outer.Nested", tracker) { Outer.Nested() }
    checks.lives("nested in an extension", of: "\(module).Outer.Added", tracker) { Outer.Added() }
    let local = try tracker.trackClasses(matching: "\(module).Local")
    checks.expect("local name", local == ["\(module).(Local)"], "\(local)")
    checks.lives("local class", of: "\(module).(Local)", tracker) { makeLocal() }
    // Made by nobody but the standard library itself.
    if RuntimeHooks.mode == .entries {
        _ = try tracker.trackClasses(matching: "Swift.__StringStorage", name: "text")
        let before = tracker.index["text"]?.count ?? 0
        let text = String(repeating: "text", count: 20 + before % 2)
        checks.expect("made within the standard library", (tracker.index["text"]?.count ?? 0) > before, text)
    }
    do {
        try tracker.trackClasses(matching: "\(module).Laef")
        checks.expect("unknown name", false)
    } catch {
        checks.expect("nearest name", "\(error)".contains("did you mean \"\(module).Leaf\""), "\(error)")
    }
}

@MainActor
private func threads(_ tracker: ClassTracker) {
    let before = tracker.index["leaf"]?.count ?? 0
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
        for _ in 0..<1000 { _ = blackHole(Leaf()) }
    }
    let made = (tracker.index["leaf"] ?? []).count - before
    checks.expect("other threads", made == 8000, "\(made)")
    checks.expect("other threads: dead", tracker.index["leaf"]?.allSatisfy { $0.death != nil } == true)
}

@inline(never)
private func blackHole(_ object: AnyObject) -> ObjectIdentifier { ObjectIdentifier(object) }

@MainActor
private func failingInitialisers(_ tracker: ClassTracker) throws {
    try tracker.trackClass(Fallible.self, name: "fallible")
    for _ in 0..<10 {
        _ = Fallible(false)
        _ = try? Fallible(throwing: true)
        _ = try? FallibleHeir(throwing: true)
    }
    let left = (tracker.index["fallible"] ?? []).filter { $0.death == nil }
    checks.expect("failed initialisers leave nothing", left.isEmpty, "\(left.count)")
    checks.lives("after failed ones", of: "fallible", tracker) { try FallibleHeir(throwing: false) }
}

@MainActor
private func openedLibraries(_ tracker: ClassTracker) throws {
    let names = try tracker.trackClasses(matching: "*Outer", resolutionLevel: 1)
    checks.expect("pattern before the second library", names == ["EarlyLibrary.EarlyLibraryOuter"], "\(names)")
    checks.lives("library opened before", of: "EarlyLibrary.EarlyLibraryOuter", tracker) { try made(by: early) }
    let listener = NoticeSink()
    let telling = ClassTracker(configuration: configuration(), sinks: { [listener] })
    try telling.trackClasses(matching: "*Outer")
    try telling.startPeriodicSnapshots(interval: .milliseconds(10))
    let listed = ClassCatalog.listedClasses
    let first = openOnPaintedStack(libraries[1])
    let late = first.handle
    checks.expect("library is opened", late != nil)
    // It has two; the thread of the samples may look at the same time.
    let looked = ClassCatalog.listedClasses - listed
    checks.expect("its own classes are looked at, and not those of all others", (2...6).contains(looked), "\(looked)")
    checks.expect("its class is told", listener.tells("tracking LateLibrary.LateLibraryOuter, loaded just now"))
    // What the runtime makes when it is needed first, which takes much stack, was made beforehand.
    let copy = libraries[1] + ".copy"
    try FileManager.default.copyItem(atPath: libraries[1], toPath: copy)
    let second = openOnPaintedStack(copy)
    checks.expect("the copy is opened", second.handle != nil && second.handle != late)
    let stacks = (first.stack, second.stack)
    checks.expect("the first takes no more stack", stacks.0 <= stacks.1 + 1024, "\(stacks)")
    telling.close()
    checks.lives("library opened after", of: "LateLibrary.LateLibraryOuter", tracker) { try made(by: late) }
}

/// Tracks a class where code cannot be changed: who starts this has seen to it.
func forbidden() -> Int32 {
    let tracker = ClassTracker(configuration: configuration())
    var message = ""
    do {
        try RuntimeHooks.install([.entries])
        try tracker.trackClass(Leaf.self)
    } catch {
        message = "\(error)"
    }
    let object = Leaf()
    print(message)
    return message.contains("MemoryDenyWriteExecute") && object.value == 1 && RuntimeHooks.mode == nil ? 0 : 1
}
