internal import CTrackingRuntime

/// The assumptions for observing births and deaths, and for the C code, which reads metadata within an allocation
/// (`metadata_internal.h`).
extension RuntimeCheck {
    static var tracking: [Assumption] {
        [
            Assumption("a class has a function that destroys its objects") {
                let code = ImageRanges(withCodeOnly: true)
                defer { code.deallocate() }
                return code.contain(Metadata(Leaf.self).destroyFunction)
                    && code.contain(Metadata(Node.self).destroyFunction)
            },
            Assumption("a class is told from others by its descriptor and size") {
                let identities = [Metadata(Leaf.self), Metadata(Node.self), Metadata(Generic<Int>.self)]
                    .map { ct_identity_of_class($0.address) }
                return !identities.contains(0) && Set(identities).count == identities.count
                    && ct_context_identity(descriptor(of: Leaf.self)) != ct_context_identity(descriptor(of: Node.self))
            },
            Assumption("all specialisations of a class have one descriptor") {
                descriptor(of: Generic<Int>.self) == descriptor(of: Generic<String>.self)
            },
            Assumption("a class is named with its module and the types around it") {
                names(Node.self) == ["SwiftRuntimeABI", "RuntimeCheck", "Node"]
                    && names(Private.self) == ["SwiftRuntimeABI", "RuntimeCheck", "(Private)"]
                    && names(Duration.inExtension) == ["Swift", "Duration", "(InExtension)"]
            },
        ]
    }

    private final class Private {}

    private static func descriptor(of type: AnyClass) -> UInt { Metadata(type).descriptor?.address ?? 0 }
    private static func names(_ type: AnyClass) -> [String]? { Metadata(type).descriptor?.visibleNames }
}

extension Duration {
    private final class InExtension {}

    fileprivate static var inExtension: AnyClass { InExtension.self }
}
