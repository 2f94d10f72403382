import CFaultSupport
import ClassTracking
import Glibc
import Synchronization
import TrackingTestSupport

// MARK: Children

/// Children are started all the time, by posix_spawn and by fork and exec, and collected by a handler of SIGCHLD.
func childrenComeAndGo(_ file: String) throws {
    cf_collect_children()
    let service = Service(file: file)
    try service.start()
    var started = 0
    let (samples, snapshots) = (service.samples, service.latestSnapshot)
    while started < 200 || service.samples < samples + 50 || service.latestSnapshot < snapshots + 10 {
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("true"), nil]
        defer { free(arguments[0]) }
        if started % 2 == 0 {
            var child = pid_t()
            require(posix_spawnp(&child, "true", nil, nil, &arguments, environ) == 0, "posix_spawn: \(errno)")
        } else if cf_fork() == 0 {
            // Nothing between fork and exec that takes a lock.
            execvp("true", &arguments)
            _exit(127)
        }
        started += 1
        usleep(2000)
    }
    wait("all children are collected") { cf_seen().children == started }
    tell("\(started) children, all collected by the host's own handler")
    service.finish()
}

/// Children of a fork without exec make and drop objects of tracked classes, ask the tracker for things, and exit.
func childrenGoOn(_ file: String) throws {
    let service = Service(file: file)
    try service.start()
    service.goOn("before")
    for _ in 0..<30 {
        var child = pid_t(-1)
        // What the threads of the host hold in malloc is fork's business; what they hold of Swift's is not.
        service.whilePaused {
            child = cf_fork()
            if child == 0 {
                for number in 0..<10_000 { _ = Kind.all[number % Kind.all.count].make(number) }
                if (try? service.tracker.createSnapshot()) != nil { _exit(1) }
                service.tracker.stopPeriodicSnapshots()
                service.tracker.close()
                exit(0)
            }
        }
        var status: Int32 = 0
        wait("a child ends") { waitpid(child, &status, WNOHANG) != 0 }
        require(status == 0, "a child ended with \(status)")
    }
    service.goOn("after")
    tell("30 children without exec made 300000 objects and ended with exit(0)")
    service.finish()
}

// MARK: The end

/// exit(3) in one thread while others allocate and snapshots are taken as fast as possible; its handlers allocate, too.
///
/// The process ends with 7 after that.
func exitsMeanwhile(_ file: String) throws {
    let service = Service(file: file)
    try service.start(interval: .milliseconds(1))
    cf_at_exit {
        for number in 0..<20_000 { _ = Kind.all[number % Kind.all.count].make(number) }
    }
    // Their snapshots overlap with the end.
    for _ in 0..<2 {
        _ = startThread { while true { _ = try? service.tracker.createSnapshot("meanwhile") } }
    }
    var random = SeededGenerator(seed: UInt64(getpid()))
    usleep(UInt32(20_000 + random.below(100_000)))
    tell("exit(7) with \(service.progress > 0 ? "work under way" : "no work")")
    let thread = startThread { exit(7) }
    pthread_join(thread, nil)
    stop("exit came back")
}

// MARK: Libraries

/// A library with classes is opened, its classes are tracked, and it is closed again; several times.
func libraryIsUnloaded(_ file: String) throws {
    guard let path = getenv("FAULT_LIBRARY") else { stop("FAULT_LIBRARY is not set") }
    let service = Service(file: file)
    try service.start()
    service.goOn("before")
    var addresses: Set<UInt> = []
    var stayed = 0
    for round in 1...5 {
        guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL), let symbol = dlsym(library, "make_plugin_object")
        else {
            stop(dlerror().map { String(cString: $0) } ?? "dlopen")
        }
        let make = unsafeBitCast(symbol, to: (@convention(c) () -> UnsafeMutableRawPointer).self)
        addresses.insert(UInt(bitPattern: symbol))
        let names = try service.tracker.trackClasses(matching: "FaultPlugin.*")
        require(names.count == 2, "\(names) are tracked")
        try useObjects(of: make, service, isDetached: round % 2 == 0)
        service.goOn("without objects", samples: 5, snapshots: 3)
        require(dlclose(library) == 0, "dlclose")
        if dlopen(path, RTLD_NOW | RTLD_NOLOAD) != nil { stayed += 1 }
        service.goOn("without the library", samples: 10, snapshots: 5)
    }
    tell(
        "opened and closed 5 times, at \(addresses.count) address\(addresses.count == 1 ? "" : "es"); "
            + (stayed == 0 ? "it was unloaded each time" : "dlclose left it loaded \(stayed) times")
    )
    service.finish()
}

/// Makes objects of the library and drops them: it must not go while there are any.
@inline(never)
private func useObjects(
    of make: @convention(c) () -> UnsafeMutableRawPointer,
    _ service: Service,
    isDetached: Bool
) throws {
    let objects = (0..<500).map { _ in Unmanaged<AnyObject>.fromOpaque(make()).takeRetainedValue() }
    require(objects.allSatisfy(service.tracker.isTracking), "instances of the library are not tracked")
    service.goOn("with the library", samples: 10, snapshots: 5)
    if isDetached { try service.tracker.detachClass(type(of: objects[0])) }
}
