import Glibc
import SystemPackage
import TrackingTestSupport

/// What this machine lets a test do; tests that need more are skipped visibly.
enum Machine {
    static let isRoot = geteuid() == 0
    /// Mounts are seen by this process tree only.
    static let hasPrivateMounts = isRoot && environment("TRACKING_TEST_PRIVATE_MOUNTS") == "1"
    static let hasStrace = succeeds("strace", ["-qq", "-o", "/dev/null", "-e", "inject=getpid:retval=7", "true"])
    /// A journald that tests may stop and kill.
    static let journaldControl = environment("TRACKING_TEST_JOURNALD")
    static let hasJournald =
        environment("TRACKING_TEST_JOURNALD_PID") != nil && exists("/run/systemd/journal/socket")

    static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    private static func succeeds(_ program: String, _ arguments: [String]) -> Bool {
        (try? Child.spawn(program, arguments).finish().code) == 0
    }
}
