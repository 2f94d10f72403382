import Glibc

/// Waits up to `seconds` for something that happens on another thread, which on a loaded machine takes its time.
///
/// - Returns: Whether it is so.
@discardableResult
package func waitUntil(seconds: Double = 10, _ condition: () -> Bool) -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    while !condition() {
        if ContinuousClock.now > end { return condition() }
        usleep(2000)
    }
    return true
}
