import ClassTracking
import Glibc

// tracking-test-host sample: a first end-to-end look.
var configuration = ClassTracker.Configuration()
configuration.file = RollingFileConfiguration(path: "/tmp/exp/smoke.jsonl")
configuration.journal.interval = .zero
let tracker = ClassTracker(configuration: configuration)
try tracker.startPeriodicSnapshots(interval: .milliseconds(100))
usleep(2_050_000)
let p = malloc(200 << 20)!
memset(p, 1, 200 << 20)
free(p)
usleep(1_000_000)
tracker.stopPeriodicSnapshots()
print(tracker.status)
