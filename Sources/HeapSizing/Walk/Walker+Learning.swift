internal import SwiftRuntimeABI

extension Walker {
    // MARK: Trust

    private var trust: MetadataTrust {
        MetadataTrust(images: images, code: code, nativeWitnesses: nativeWitnesses)
    }

    /// Indicates whether a word is the metadata of objects, as far as reading it can tell.
    ///
    /// The word may be anything: it is followed into libraries and private memory only.
    func isMetadataOfObject(_ isa: UInt) -> Bool { isThere(isa) && trust.isMetadataOfObject(isa) }

    /// Indicates whether a word is the metadata of a type, as far as reading it can tell.
    func isMetadataOfValue(_ type: UInt) -> Bool { isThere(type) && trust.isMetadataOfValue(type) }

    /// Indicates whether the words that ``trust`` reads of this metadata are in memory.
    ///
    /// Checks no more words than metadata of the kind has: the runtime packs metadata closely, so the next page may be
    /// one that was never written.
    private func isThere(_ metadata: UInt) -> Bool {
        if images.contain(metadata) { return true }
        let (before, least) = (MetadataTrust.before, MetadataTrust.least)
        guard readable.contain(metadata &- before, bytes: before &+ least) ?? false else { return false }
        let all = MetadataTrust.length(ofKind: word(metadata))
        return all == least || readable.contain(metadata &+ least, bytes: all &- least) ?? false
    }

    // MARK: Learning

    mutating func miss(_ what: Missing) {
        missing = what
        isMissing = true
    }

    /// Reads the layout that the last visit needed.
    ///
    /// - Returns: True if there was one; the visit has to be repeated.
    mutating func learn() -> Bool {
        guard isMissing else { return false }
        let needed = missing
        isMissing = false
        missing = .nothing
        guard isLearning else {
            unknownTypes &+= 1
            return false
        }
        switch needed {
        case .nothing: return false
        case .object(let isa):
            // Checked again: a word that is no metadata may have looked like it while it was changed.
            guard isMetadataOfObject(isa), let layout = LayoutCatalog.shared.objectLayout(of: Metadata(isa)) else {
                unsized &+= 1
                return false
            }
            return objects.insert(isa, UInt(bitPattern: layout.plan))
        case .value(let type):
            guard isMetadataOfValue(type), let layout = LayoutCatalog.shared.layout(of: Metadata(type)) else {
                unsized &+= 1
                return false
            }
            return values.insert(type, UInt(bitPattern: layout.program))
        case .captures(let box, let plan, let key):
            return learnCaptures(of: box, plan, key: key)
        }
    }

    /// Returns the layout of the values of a type, or `nil` for a word that is no type.
    mutating func layout(ofValue type: UInt) -> TypeLayout? {
        if let known = UnsafeRawPointer(bitPattern: layouts.find(type)) {
            return Unmanaged<TypeLayout>.fromOpaque(known).takeUnretainedValue()
        }
        guard isMetadataOfValue(type) else { return nil }
        guard isLearning else {
            unknownTypes &+= 1
            return nil
        }
        guard let layout = LayoutCatalog.shared.layout(of: Metadata(type)) else { return nil }
        _ = layouts.insert(type, UInt(bitPattern: Unmanaged.passUnretained(layout).toOpaque()))
        return layout
    }

    private mutating func learnCaptures(of box: UInt, _ plan: UnsafePointer<ObjectPlan>, key: UInt) -> Bool {
        guard let isa = plan.pointee.layout?.takeUnretainedValue().metadata else { return false }
        var captured = CapturedArguments(isa: isa, box: box, plan)
        // A layout stays stored under its key, so it has to be computed from exactly the words of the key.
        guard captured.key == key else {
            unsized &+= 1
            return false
        }
        captured.keep { isMetadataOfValue($0) }
        guard let layout = LayoutCatalog.shared.captureLayout(of: captured) else {
            unsized &+= 1
            return false
        }
        return captures.insert(key, UInt(bitPattern: layout.plan))
    }
}

/// The words in a box of captures that determine the types of the others.
struct CapturedArguments {
    let isa: Metadata
    /// The key under which the layout is stored.
    let key: UInt
    /// The generic arguments before the captures.
    private(set) var bindings: [UInt]
    /// The first capture, which may be a metatype, and its class; 0 if it determines no argument.
    private(set) var capture: UInt
    private(set) var captureClass: UInt

    /// Reads each word once, because the box may be changing.
    init(isa: Metadata, box: UInt, _ plan: UnsafePointer<ObjectPlan>) {
        self.isa = isa
        let first = box &+ CaptureDescriptor.firstBinding
        bindings = (0..<plan.pointee.bindings).map { word(first &+ UInt($0) &* 8) }
        capture = plan.pointee.dependsOnCapture ? word(first &+ UInt(plan.pointee.bindings) &* 8) : 0
        captureClass = word(capture & Architecture.addressMask)
        var key = bindings.reduce(Walker.mixed(0, isa.address), Walker.mixed)
        if plan.pointee.dependsOnCapture { key = Walker.mixed(key, captureClass) }
        self.key = key
    }

    /// Indicates whether everything that the runtime reads of the remaining words is present.
    func isWhole(_ trust: MetadataTrust) -> Bool {
        (bindings + [capture, captureClass]).allSatisfy { $0 == 0 || trust.isWhole(Metadata($0)) }
    }

    /// Removes words that are no metadata, because the runtime will trust the others.
    mutating func keep(where isMetadata: (UInt) -> Bool) {
        bindings = bindings.map { isMetadata($0) ? $0 : 0 }
        if !isMetadata(capture) { capture = 0 }
        if !isMetadata(captureClass) { captureClass = 0 }
    }
}
