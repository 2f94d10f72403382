import CTrackingRuntime
import TrackingRecords

enum RuntimeHooks {
    static func install() throws(TrackingError) { ct_temporary_install() }
    static func remove() { ct_temporary_remove() }
}
