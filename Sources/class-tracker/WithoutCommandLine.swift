#if !CLI
import Glibc

/// Replaces the commands in a build without the trait CLI, so that consumers of the library do not resolve its packages.
@main
struct WithoutCommandLine {
    static func main() {
        let message = "class-tracker was built without its command line; build with: swift build --traits CLI\n"
        _ = message.withCString { write(STDERR_FILENO, $0, message.utf8.count) }
        exit(78)
    }
}
#endif
