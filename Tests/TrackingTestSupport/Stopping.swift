import Glibc

/// Ends the process in a way that no test takes for success.
package func stop(_ reason: String) -> Never {
    let program = CommandLine.arguments.first?.split(separator: "/").last ?? "test"
    print("\(program): \(reason)")
    fflush(nil)
    abort()
}

package func require(_ condition: Bool, _ reason: @autoclosure () -> String) {
    if !condition { stop(reason()) }
}
