/// The name of a referent, stored as a reference to the name, because text would have to be allocated.
struct ReferentLabel: BitwiseCopyable, Equatable {
    enum Kind: UInt8 {
        /// A name of referents that are no property; `index` is a `Word`.
        case word
        /// An element of an array.
        case element
        /// All elements that are not listed.
        case rest
        /// A stored property of an `ObjectLayout`.
        case objectField
        /// A stored property of a `TypeLayout`.
        case typeField
        /// A case of a `TypeLayout`.
        case enumCase
        /// A requested object, whose name the caller knows.
        case root
    }

    enum Word: Int32 {
        case value, key, element, error, breadcrumbs, captures, contents
    }

    private var kind: Kind
    private var index: Int32
    /// The layout, which exists until the process ends.
    private var owner: UInt = 0
    /// The `TypeLayout` whose name follows a colon, or 0.
    private var type: UInt = 0

    static func word(_ word: Word) -> Self { Self(kind: .word, index: word.rawValue) }

    static func element(_ index: Int) -> Self { Self(kind: .element, index: Int32(truncatingIfNeeded: index)) }

    static var rest: Self { Self(kind: .rest, index: 0) }

    static func field(_ index: Int, of layout: ObjectLayout) -> Self {
        Self(kind: .objectField, index: Int32(truncatingIfNeeded: index), owner: address(layout))
    }

    static func field(_ index: Int, of layout: TypeLayout) -> Self {
        Self(kind: .typeField, index: Int32(truncatingIfNeeded: index), owner: address(layout))
    }

    static func enumCase(_ index: Int, of layout: TypeLayout) -> Self {
        Self(kind: .enumCase, index: Int32(truncatingIfNeeded: index), owner: address(layout))
    }

    /// Returns the label of a requested object, with a number that distinguishes it from others.
    static func root(_ number: Int) -> Self { Self(kind: .root, index: 0, owner: UInt(bitPattern: number)) }

    /// The number of a requested object.
    var number: Int { Int(bitPattern: owner) }

    /// Returns this label followed by the name of a type.
    func typed(_ layout: TypeLayout) -> Self {
        var typed = self
        typed.type = Self.address(layout)
        return typed
    }

    private static func address(_ layout: AnyObject) -> UInt {
        UInt(bitPattern: Unmanaged.passUnretained(layout).toOpaque())
    }

    private static func layout<Layout: AnyObject>(_ type: Layout.Type, _ address: UInt) -> Layout? {
        UnsafeRawPointer(bitPattern: address).map { Unmanaged<Layout>.fromOpaque($0).takeUnretainedValue() }
    }

    // MARK: Text

    /// The name as text.
    var text: String {
        guard let type = Self.layout(TypeLayout.self, type) else { return name }
        return "\(name): \(type.name)"
    }

    private var name: String {
        let index = Int(index)
        switch kind {
        case .word: return Word(rawValue: self.index).map { "\($0)" } ?? ""
        case .element: return "[\(index)]"
        case .rest: return "[\(ReferentReader.maximumElements)...]"
        case .objectField:
            let fields = Self.layout(ObjectLayout.self, owner)?.fields ?? []
            return fields.indices.contains(index) ? fields[index].name : ""
        case .typeField:
            guard case .fields(let fields) = Self.layout(TypeLayout.self, owner)?.content else { return "" }
            return fields.indices.contains(index) ? fields[index].name : ""
        case .enumCase:
            guard case .cases(let layout) = Self.layout(TypeLayout.self, owner)?.content else { return "" }
            return layout.cases.indices.contains(index) ? layout.cases[index].name : ""
        case .root: return ""
        }
    }
}
