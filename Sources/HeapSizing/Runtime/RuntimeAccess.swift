internal import CTrackingRuntime

/// The ways into the Swift runtime, which believes that no library is ever unloaded.
enum RuntimeAccess {
    /// Calls `body` while no library can be loaded or unloaded.
    ///
    /// Before any lock that `body` takes, because others take them within this, too. No code of the host's is called in there:
    /// it may wait for a thread that opens a library.
    static func withLibraries<Result>(_ body: () -> Result) -> Result {
        var result: Result?
        let visit = { result = body() }
        withoutActuallyEscaping(visit) { (visit: @escaping () -> Void) in
            var visit = visit
            withUnsafeMutablePointer(to: &visit) { pointer in
                ct_with_loader({ $0?.assumingMemoryBound(to: (() -> Void).self).pointee() }, pointer)
            }
        }
        // A process has an object at least, the program itself.
        return result ?? body()
    }

    /// Whether the runtime can be asked about any type, and can search for conformances and for types by name; within
    /// ``withLibraries(_:)``.
    ///
    /// It goes through what every library has brought along that was ever loaded, and keeps what it has found by address.
    /// Once a Swift library was unloaded, it is asked about what is never unloaded, and the rest is read without it.
    static var canSearch: Bool { ct_runtime_can_search() != 0 }
}

extension MangledName {
    /// The runtime finds the type without a search, and without touching a library that may be just on its way in or out: one
    /// of the standard library's by its short name, a type without generic parameters that is never unloaded and is referred
    /// to by its descriptor, and optionals and arrays of these.
    ///
    /// The runtime keeps what it has made of a type by the address of its metadata.
    var needsNoSearch: Bool {
        let part = unwrapped ?? element ?? self
        return part.isStandard || part.nominal.map { !$0.isGenericInside && $0.isPermanent } ?? false
    }

    private var isStandard: Bool {
        length == 2 && (byte(at: address) == UInt8(ascii: "S") || byte(at: address) == UInt8(ascii: "y"))
    }

    /// The descriptor that the name refers to, where it is nothing else.
    private var nominal: ContextDescriptor? {
        guard length == 5 else { return nil }
        let place = address &+ 1
        let target = place &+ UInt(bitPattern: offset(at: place))
        switch byte(at: address) {
        case 1: return ContextDescriptor(target)
        case 2: return ContextDescriptor(word(target))
        default: return nil
        }
    }
}
