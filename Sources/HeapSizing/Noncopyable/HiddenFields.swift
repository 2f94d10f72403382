/// The types of stored properties that the runtime hides because they cannot be copied.
enum HiddenFields {
    static func type(of name: MangledName, in metadata: Metadata, fitting bytes: Int) -> Metadata? { nil }
}
