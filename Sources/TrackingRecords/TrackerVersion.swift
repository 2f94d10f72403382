/// The version of the package.
package enum TrackerVersion {
    /// The version that `class-tracker --version` prints and that each header records.
    package static let current = "0.1.0"
}
