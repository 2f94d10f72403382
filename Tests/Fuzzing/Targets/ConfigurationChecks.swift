import ClassTracking
import SystemPackage

enum ConfigurationChecks {
    /// A configuration that was read is one that holds, and says its values so that they can be read again.
    static func file(_ input: UnsafeRawBufferPointer) throws {
        guard let file = InputFile(input) else { return }
        let loader = ConfigurationLoader(file: file.path, environment: [:])
        // What is wrong is told, and where: whatever the bytes are.
        for error in loader.errors {
            try promise(error.description.count > 20, "the error is told as \(error)")
        }
        guard loader.errors.isEmpty else { return }
        let loaded = loader.configuration
        do {
            try loaded.validate()
        } catch {
            throw BrokenPromise("it was read, and is not valid: \(error)")
        }
        var again = ClassTracker.Configuration()
        for key in ConfigurationKey.allCases {
            guard let value = key.value(in: loaded) else { continue }
            try key.apply(value, to: &again, source: "again")
            let next = key.value(in: again)
            try promise(next == value, "\(key.rawValue) = \(value) becomes \(next ?? "nothing")")
        }
        try promise(again == loaded, "\(loaded) is read as \(again) the next time")
    }
}
