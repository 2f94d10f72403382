/// Why objects cannot be sized in this process.
public enum HeapSizingError: Error, Hashable, Sendable {
    /// The Swift runtime or the allocator is not laid out as this library knows it.
    case assumptionFailed(String)
}
