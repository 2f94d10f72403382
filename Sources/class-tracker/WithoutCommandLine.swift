#if !CLI
import Glibc

/// Stands in where the package was built without the trait CLI, whose packages no consumer of the library should resolve.
@main
struct WithoutCommandLine {
    static func main() {
        let message = "class-tracker was built without its command line; build with: swift build --traits CLI\n"
        _ = message.withCString { write(STDERR_FILENO, $0, message.utf8.count) }
        exit(78)
    }
}
#endif
