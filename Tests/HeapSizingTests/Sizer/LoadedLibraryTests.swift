import CTrackingTestSupport
import Foundation
import Glibc
import HeapSizing
import Testing
import TrackingRecords

/// Classes of libraries that are compiled and opened here.
///
/// As targets of the package they would be there from the beginning, and flags of the compiler's own would make the
/// package unusable for others.
@Suite("Libraries opened while a sizer is in use")
struct LoadedLibraryTests {
    @Test(
        "The classes of a library that was opened after a sizer was used are sized to the byte",
        .countedAllocations
    )
    func openedLater() throws {
        let sizer = HeapSizer()
        #expect(sizer.size(of: Link(text(20))) > 0)
        let library = try Library("Late", flags: [])
        let before = ctt_thread_live_bytes()
        let object = try library.make()
        let growth = Int(ctt_thread_live_bytes() - before)
        #expect(sizer.size(of: object) == growth)
        #expect(sizer.unsized == 0)
        #expect(sizer.opaqueTypes.isEmpty)
        let sized = HeapSizer().sized(object, resolutionLevel: 2)
        #expect(sized.size == growth)
        #expect(sized.referents.map(\.name) == ["label: String", "inner: LateInner", "constants: Array<Int>"])
        #expect(sized.addsUp)
    }

    @Test("A class without metadata of its properties is named as opaque, and counted with its own block")
    func withoutReflection() throws {
        let library = try Library("Sealed", flags: ["-Xfrontend", "-disable-reflection-metadata"])
        let object = try library.make()
        let own = Int(ctt_usable_size(Unmanaged.passUnretained(object).toOpaque()))
        let sizer = HeapSizer()
        #expect(sizer.size(of: Box(object)) == own + HeapSizer().size(of: Box(Twig?.none)))
        #expect(sizer.opaqueTypes == ["SealedOuter"])
        #expect(sizer.unsized == 0)
        #expect(sizer.size(of: try library.make()) >= own)
        #expect(sizer.opaqueTypes == ["SealedOuter"])
        let second = HeapSizer()
        #expect(second.sized(object, resolutionLevel: 2).referents.isEmpty)
        #expect(second.opaqueTypes == ["SealedOuter"])
    }
}

/// A library with the classes `<Name>Outer` and `<Name>Inner`.
private struct Library {
    private let handle: UnsafeMutableRawPointer

    init(_ name: String, flags: [String]) throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("\(name)-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let source = directory.appendingPathComponent("\(name).swift")
        try Self.source(name).write(to: source, atomically: true, encoding: .utf8)
        let product = directory.appendingPathComponent("lib\(name).so")
        let compiler = Process()
        compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        compiler.arguments =
            ["swiftc", "-emit-library", "-parse-as-library", "-module-name", name, source.path, "-o", product.path]
            + flags
        try compiler.run()
        compiler.waitUntilExit()
        try #require(compiler.terminationStatus == 0)
        handle = try #require(dlopen(product.path, RTLD_NOW), "\(String(cString: dlerror()))")
    }

    /// A new object of the library's class.
    func make() throws -> AnyObject {
        let symbol = try #require(dlsym(handle, "make_object"))
        let make = unsafeBitCast(symbol, to: (@convention(c) () -> UnsafeMutableRawPointer).self)
        return Unmanaged<AnyObject>.fromOpaque(make()).takeRetainedValue()
    }

    private static func source(_ name: String) -> String {
        """
        final class \(name)Inner {
            var number = 5
        }

        final class \(name)Outer {
            let label = String(repeating: "x", count: 40)
            let inner = \(name)Inner()
            let constants = [1, 2, 3]
        }

        @_cdecl("make_object") public func makeObject() -> UnsafeMutableRawPointer {
            Unmanaged.passRetained(\(name)Outer()).toOpaque()
        }
        """
    }
}
