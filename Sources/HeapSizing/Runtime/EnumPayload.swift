internal import CTrackingRuntime

/// Asks an enum's witnesses for the payload, which are code of the library that the enum is of.
struct EnumPayload {
    private let witnesses: ValueWitnesses
    /// Where the function lies that tells the case.
    private let function: UInt
    /// Its library is never unloaded.
    private let isPermanent: Bool

    /// Takes note of where an enum's functions lie, as long as the library is there.
    init(of metadata: Metadata) {
        witnesses = metadata.valueWitnesses
        function = witnesses.tagFunction
        isPermanent = ct_image_is_permanent(function) != 0
    }

    /// Leaves the payload of an enum in the enum's place.
    ///
    /// - Parameters:
    ///   - value: A copy of the enum.
    ///   - cases: How many cases have a payload; they come first.
    ///   - isInCopy: Whether this is a copy of the process: nothing is unloaded there, and whoever has the loader's lock is
    ///     not there to give it back.
    /// - Returns: The case; `nil` where it has no payload, or the library is gone.
    func take(from value: UnsafeMutableRawPointer, cases: Int, isInCopy: Bool) -> Int? {
        if isPermanent { return take(from: value, cases) }
        func takeIfThere() -> Int? {
            let isThere = witnesses.tagFunction == function && canRead(function)
            return isThere && (isInCopy || RuntimeAccess.canSearch) ? take(from: value, cases) : nil
        }
        return isInCopy ? takeIfThere() : RuntimeAccess.withLibraries(takeIfThere)
    }

    private func take(from value: UnsafeMutableRawPointer, _ cases: Int) -> Int? {
        let tag = Int(witnesses.tag(of: value))
        guard tag < cases else { return nil }
        witnesses.projectPayload(in: value)
        return tag
    }
}
