import Testing

/// One kind of value, in itself and within others.
struct ZooCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    private let measureItself: @Sendable () -> Measurement
    private let measureNested: @Sendable () -> [(nest: String, measurement: Measurement)]

    /// A value that can be copied, and so be put into containers of every kind.
    init<Value>(_ name: String, _ make: @escaping @Sendable () -> Value) {
        testDescription = name
        measureItself = { measure(make, object: instance) }
        measureNested = { Nests.measurements(of: make) }
    }

    /// A value that can only be moved.
    init<Value: ~Copyable>(movable name: String, _ make: @escaping @Sendable () -> Value) {
        testDescription = name
        measureItself = { measureMovable(make) }
        measureNested = { MovableNests.measurements(of: make) }
    }

    func expectExact(sourceLocation: SourceLocation = #_sourceLocation) {
        let measurement = measureItself()
        #expect(measurement.isExact, "\(testDescription): \(measurement)", sourceLocation: sourceLocation)
    }

    func expectExactNested(sourceLocation: SourceLocation = #_sourceLocation) {
        for (nest, measurement) in measureNested() {
            #expect(
                measurement.isExact,
                "\(testDescription), \(nest): \(measurement)",
                sourceLocation: sourceLocation
            )
        }
    }
}

/// A value that can be copied, as a case of the zoo.
func zoo<Value>(_ name: String, _ make: @escaping @Sendable () -> Value) -> ZooCase { ZooCase(name, make) }

/// A value that can only be moved, as a case of the zoo.
func movable<Value: ~Copyable>(_ name: String, _ make: @escaping @Sendable () -> Value) -> ZooCase {
    ZooCase(movable: name, make)
}

/// Lists cases one statement each, so that the compiler checks each by itself.
@resultBuilder
enum ZooBuilder {
    static func buildExpression(_ expression: ZooCase) -> [ZooCase] { [expression] }
    static func buildExpression(_ expression: [ZooCase]) -> [ZooCase] { expression }
    static func buildBlock(_ components: [ZooCase]...) -> [ZooCase] { components.flatMap(\.self) }
}
