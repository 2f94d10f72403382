import ClassTracking
import Glibc

func hostHeader() -> Record {
    Record(
        .header(
            Header(
                program: "tracking-test-host",
                processID: Int(getpid()),
                startTime: 1_763_000_000,
                interval: 0.001,
                swiftVersion: "6.2"
            )
        )
    )
}

func hostSample(_ number: Int) -> Record {
    var memory = ProcessMemory()
    memory.virtualSize = 1 << 30
    memory.residentSet = 100 << 20
    memory.threadCount = 4
    let time = Double(number) / 1000
    return Record(sequence: number, .sample(Sample(timestamp: time, wallTime: 1_763_000_000 + time, memory: memory)))
}

/// An integer in a file, shared with whoever reads it.
func sharedCounter(_ path: String) -> UnsafeMutablePointer<Int>? {
    guard path != "-" else { return nil }
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0, ftruncate(file, 8) == 0,
        let memory = mmap(nil, 8, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), memory != MAP_FAILED
    else { exit(EX_CANTCREAT) }
    close(file)
    return memory.bindMemory(to: Int.self, capacity: 1)
}
