import Testing

/// A kind of value whose size cannot be what the heap grew by, and why.
struct ApartCase: Sendable, CustomTestStringConvertible {
    /// How the size relates to the growth.
    enum Relation: Sendable {
        /// It reaches what was there before, such as an object that all share.
        case reachesMore
        /// Some of its memory is behind pointers of another language.
        case hidesSome
        /// It does either, as the version of the library has it.
        case either
    }

    let name: String
    let reason: String
    let relation: Relation
    private let take: @Sendable () -> Measurement

    var testDescription: String { "\(name) (\(reason))" }

    init<Value>(
        _ name: String,
        _ relation: Relation,
        because reason: String,
        _ make: @escaping @Sendable () -> Value
    ) {
        self.name = name
        self.reason = reason
        self.relation = relation
        take = { measure { Box(make()) } }
    }

    func expectSane(sourceLocation: SourceLocation = #_sourceLocation) {
        let measurement = take()
        let own = measure { Box(opaque(1)) }.size
        switch relation {
        case .reachesMore:
            #expect(measurement.size >= measurement.growth, "\(name): \(measurement)", sourceLocation: sourceLocation)
        case .hidesSome:
            #expect(measurement.size <= measurement.growth, "\(name): \(measurement)", sourceLocation: sourceLocation)
        case .either: break
        }
        #expect(measurement.size >= own, "\(name): \(measurement)", sourceLocation: sourceLocation)
        #expect(measurement.size == measurement.secondSize, "\(name): \(measurement)", sourceLocation: sourceLocation)
        #expect(measurement.repeatedSize == 0, "\(name): \(measurement)", sourceLocation: sourceLocation)
        #expect(measurement.unsized == 0, "\(name): \(measurement)", sourceLocation: sourceLocation)
        #expect(measurement.residue == 0, "\(name): \(measurement)", sourceLocation: sourceLocation)
    }
}
