import SwiftRuntimeABI
import Testing

@Suite("Noncopyable fields: manglings")
struct NoncopyableManglingTests {
    /// From programs of Swift 6.3, with what `swift demangle` takes for the same type.
    private static let samples: [(mangled: String, expanded: String, names: [String])] = [
        ("6Sample2NCV", "6Sample2NCV", ["NC"]),
        ("15Synchronization5MutexVySiG", "15Synchronization5MutexVySiG", ["Mutex"]),
        ("S2iSgt", "", []),
        ("6Sample4PoolVyAA2NCVG", "6Sample4PoolVy6Sample2NCVG", ["Pool", "NC"]),
        (
            "6Sample4PoolVy15Synchronization5MutexVySayAA3NE2VGGG",
            "6Sample4PoolVy15Synchronization5MutexVySay6Sample3NE2VGGG", ["Pool", "Mutex", "NE2"]
        ),
        (
            "15Synchronization5MutexVySDy6Sample13WordLeafThingCSDyAfD0E0CGGG",
            "15Synchronization5MutexVySDy6Sample13WordLeafThingCSDy6Sample13WordLeafThingC6Sample4LeafCGGG",
            ["Mutex", "WordLeafThing", "WordLeafThing", "Leaf"]
        ),
        (
            "15Synchronization5MutexVySDySSSgSDySOSg20FoundationEssentials14AutoDictionary"
                + "33_D7F0FBD11A4908D9351EC62B4910EBB5LLVyyAF10MessageBoxAHLLVYbcGGGG",
            "15Synchronization5MutexVySDySSSgSDySOSg20FoundationEssentials14AutoDictionary"
                + "33_D7F0FBD11A4908D9351EC62B4910EBB5LLVyy20FoundationEssentials10MessageBox"
                + "33_D7F0FBD11A4908D9351EC62B4910EBB5LLVYbcGGGG",
            ["Mutex", "AutoDictionary", "MessageBox"]
        ),
        (
            "15Synchronization5MutexVy15ProcessSampling0C12MemoryReaderC5State33_76A18251F896FD31AFEB61B9CE08B942LLVG",
            "15Synchronization5MutexVy15ProcessSampling19ProcessMemoryReaderC5State"
                + "33_76A18251F896FD31AFEB61B9CE08B942LLVG",
            ["Mutex", "State"]
        ),
        ("6Sample9makeLocalyXlyF3LocL_V", "6Sample9makeLocalyXlyF3LocL_V", ["Loc"]),
        ("Sa6SampleE5ExtNCVySS_G", "Sa6SampleE5ExtNCVySS_G", ["ExtNC"]),
        (
            "6Sample6OuterGO3In2VyAA4LeafC_AA2NCVG", "6Sample6OuterGO3In2Vy6Sample4LeafC_6Sample2NCVG",
            ["In2", "Leaf", "NC"]
        ),
        ("s11InlineArrayVy$3_6Sample2NCVG", "s11InlineArrayVy$3_6Sample2NCVG", ["InlineArray", "NC"]),
        (
            "STR_SHRd__Ri_zr0__l15Synchronization5MutexVySDyqd__q_GSgG",
            "15Synchronization5MutexVySDyqd__q_GSgG", ["Mutex"]
        ),
        (
            "RlzCl15Synchronization6AtomicVys9UnmanagedVyxGSgG", "15Synchronization6AtomicVys9UnmanagedVyxGSgG",
            ["Atomic", "Unmanaged"]
        ),
        (
            "15Synchronization5MutexVy6Sample4LeafCSiYbKcSgG", "15Synchronization5MutexVy6Sample4LeafCSiYbKcSgG",
            ["Mutex", "Leaf"]
        ),
        ("15Synchronization5MutexVys5Error_pSgG", "15Synchronization5MutexVys5Error_pSgG", ["Mutex"]),
        ("15Synchronization5MutexVySi4name_S2StG", "15Synchronization5MutexVySi4name_SSSStG", ["Mutex"]),
    ]

    @Test("Types are written out in full", arguments: samples.indices)
    func expansion(index: Int) {
        let sample = Self.samples[index]
        let type = MangledTypeReader.type(Array(sample.mangled.utf8))
        guard !sample.expanded.isEmpty else {
            #expect(type == nil)
            return
        }
        #expect(type.map { String(decoding: $0.bytes, as: UTF8.self) } == sample.expanded)
        #expect(type?.nominals.map { String(decoding: $0.name, as: UTF8.self) } == sample.names)
    }

    @Test("What has been written out stays as it is")
    func idempotence() {
        for sample in Self.samples where !sample.expanded.isEmpty {
            #expect(MangledTypeReader.type(Array(sample.expanded.utf8))?.bytes == Array(sample.expanded.utf8))
        }
    }

    @Test(
        "What is no type is refused",
        arguments: [
            "", "A", "AA", "A1", "A_", "A9999999999999999999A", "S", "S9999i", "6Sample", "999Sample", "0", "00", "0A",
            "0a0",
            "V", "G", "yG", "SiG", "Say", "t", "_t", "c", "Si_", "SiSi", "q", "qd", "q99999999999999999999_",
            "X",
            "Xm", "Y", "Yc", "B", "Bi", "$", "$n", "Q", "Qz", "R", "l", "r", "rl", "Ri", "L", "LL", "4MainL", "E", "F",
            "yyF",
            "SiSgXP", "6Sample3FooVMn", "\u{1}abcd", "6Sämple3FooV",
        ]
    )
    func malformed(mangled: String) {
        #expect(MangledTypeReader.type(Array(mangled.utf8)) == nil)
    }

    @Test("Manglings that grow without end are refused")
    func growth() {
        // Each tuple holds the one before twice.
        let doubling = "6Sample3FooV" + (0..<60).map { "A\(Self.reference($0))_tSg" }.joined()
        #expect(MangledTypeReader.type(Array(doubling.utf8)) == nil)
        let repeated = String(repeating: "S2047i", count: 2000)
        #expect(MangledTypeReader.type(Array(repeated.utf8)) == nil)
        let long = [UInt8](repeating: UInt8(ascii: "x"), count: MangledTypeReader.maximumLength + 1)
        #expect(MangledTypeReader.type(long) == nil)
    }

    private static func reference(_ number: Int) -> String {
        number < 26 ? String(UnicodeScalar(UInt8(0x41 + number))) : "\(number - 27)_"
    }

    @Test(
        "A damaged mangling is refused, or is read as a type that is written out in full",
        arguments: samples.indices
    )
    func damage(index: Int) {
        let bytes = Array(Self.samples[index].mangled.utf8)
        var damaged = bytes.indices.map { Array(bytes[..<$0]) }
        for place in bytes.indices {
            for value in "_0A9yzGLSgQRXtc$".utf8 where value != bytes[place] {
                var changed = bytes
                changed[place] = value
                damaged.append(changed)
            }
        }
        let types = damaged.map(MangledTypeReader.type)
        #expect(types.contains { $0 == nil })
        for type in types.compactMap({ $0 }) {
            #expect(type.bytes.count <= MangledTypeReader.maximumLength)
            #expect(MangledTypeReader.type(type.bytes)?.bytes == type.bytes)
        }
    }
}
