import Glibc

/// Waits for something that happens on another thread or in another process.
///
/// The bound is for what never comes. It is far above what a busy machine needs, because a test must not fail for the load
/// that others make.
///
/// - Returns: Whether it has come.
@discardableResult
package func waitUntil(seconds: Double = 300, _ condition: () -> Bool) -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    while !condition() {
        if ContinuousClock.now > end { return condition() }
        usleep(2000)
    }
    return true
}
