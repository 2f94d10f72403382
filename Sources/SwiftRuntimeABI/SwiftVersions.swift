/// The versions of Swift whose runtime this module knows.
///
/// A new version is added here and nowhere else. A test asks for the same versions in README.md, CONTRIBUTING.md and an article.
package enum SwiftVersions {
    /// The versions that the readers of this module were written for and are tested with, in order.
    package static let known = ["6.3"]

    /// The version of the compiler that compiled the library: the newest of these that is not newer.
    package static var compiler: String {
        #if swift(>=6.4)
        "6.4"
        #elseif swift(>=6.3)
        "6.3"
        #else
        "6.2"
        #endif
    }
}
