import CTrackingRuntime
import Testing

/// Compared with what the assembler makes of the same text (`clang --target=aarch64 -c`, `llvm-objdump -d`).
@Suite("Instructions of aarch64")
struct Aarch64CodeTests {
    @Test(
        "A branch leads where it should",
        arguments: [
            (0x1000, 0x1004, 0x1400_0001), (0x1004, 0x1000, 0x17FF_FFFF), (0x1_0000_0000, 0x1_07FF_FFFC, 0x15FF_FFFF),
            (0x1_0800_0000, 0x1_0000_0000, 0x1600_0000), (0xFFFF_A000_0000, 0xFFFF_A000_0000, 0x1400_0000),
        ] as [(UInt64, UInt64, UInt32)]
    )
    func branch(place: UInt64, target: UInt64, expected: UInt32) {
        #expect(ct_a64_branch(place, target) == expected)
    }

    @Test(
        "No branch is made that would lead elsewhere",
        arguments: [
            (0x1_0000_0000, 0x1_0800_0000), (0x1_0800_0004, 0x1_0000_0000), (0x1000, 0x1002), (0x1001, 0x2001),
            (0x1000, 0xFFFF_FFFF_FFFF_F000), (0, 0x8000_0000_0000_0000),
        ] as [(UInt64, UInt64)]
    )
    func outOfReach(place: UInt64, target: UInt64) {
        let distance = Int64(bitPattern: target &- place)
        let isReached = distance % 4 == 0 && distance >= -0x800_0000 && distance < 0x800_0000 && place % 4 == 0
        #expect((ct_a64_branch(place, target) != 0) == isReached)
    }

    @Test("The jump that reaches everywhere is the assembler's")
    func farJump() {
        var code = [UInt32](repeating: 0, count: Int(CT_A64_FAR_JUMP_WORDS))
        ct_a64_write_far_jump(&code, 0x1234_5678_9ABC_DEF0)
        // ldr x16, .+8; br x16
        #expect(code == [0x5800_0050, 0xD61F_0200, 0x9ABC_DEF0, 0x1234_5678])
    }

    @Test(
        "What takes an address from where it stands stays there",
        arguments: [
            ("adr x0, .+8", 0x1000_0040), ("adrp x0, .+4096", 0x9000_0000), ("ldr x0, .+16", 0x5800_0080),
            ("ldr w1, .+16", 0x1800_0081), ("ldr d0, .+16", 0x5C00_0080), ("ldrsw x0, .+16", 0x9800_0080),
            ("prfm pldl1keep, .+16", 0xD800_0080), ("b .+4", 0x1400_0001), ("bl .+8", 0x9400_0002),
            ("b.eq .+8", 0x5400_0040), ("cbz x0, .+8", 0xB400_0040), ("cbz w0, .+8", 0x3400_0040),
            ("cbnz w3, .-8", 0x35FF_FFC3), ("tbz x0, #3, .+8", 0x3618_0040), ("tbnz w0, #3, .+8", 0x3718_0040),
            ("br x3", 0xD61F_0060), ("blr x3", 0xD63F_0060), ("ret", 0xD65F_03C0), ("retaa", 0xD65F_0BFF),
            ("svc #0", 0xD400_0001), ("brk #1", 0xD420_0020), ("udf #0", 0), ("udf #65535", 0xFFFF),
        ] as [(String, UInt32)]
    )
    func bound(text: String, instruction: UInt32) {
        #expect(ct_a64_is_movable(instruction) == 0, "\(text)")
    }

    @Test(
        "What functions begin with can be moved",
        arguments: [
            ("stp x29, x30, [sp, #-32]!", 0xA9BE_7BFD), ("stp x29, x30, [sp, #-48]!", 0xA9BD_7BFD),
            ("sub sp, sp, #64", 0xD101_03FF), ("str x30, [sp, #-16]!", 0xF81F_0FFE),
            ("str x19, [sp, #-32]!", 0xF81E_0FF3),
            ("mov x29, sp", 0x9100_03FD), ("mov w3, #1", 0x5280_0023), ("orr x3, x0, x1", 0xAA01_0003),
            ("ldp x0, x1, [x2]", 0xA940_0440), ("ldr x0, [x1, #8]", 0xF940_0420), ("ldr q0, [x1]", 0x3DC0_0020),
            ("ldar x0, [x1]", 0xC8DF_FC20), ("cas x0, x1, [x2]", 0xC8A0_7C41), ("fmov d0, x0", 0x9E67_0000),
            ("madd x0, x1, x2, x3", 0x9B02_0C20), ("csel x0, x1, x2, eq", 0x9A82_0020),
            ("add v0.4s, v1.4s, v2.4s", 0x4EA2_8420),
            ("nop", 0xD503_201F), ("bti c", 0xD503_245F), ("paciasp", 0xD503_233F),
        ] as [(String, UInt32)]
    )
    func movable(text: String, instruction: UInt32) {
        #expect(ct_a64_is_movable(instruction) == 1, "\(text)")
    }

    @Test("Landing pads and signatures are told apart")
    func protection() {
        // bti c, bti jc; bti, bti j, nop, paciasp
        #expect([0xD503_245F, 0xD503_24DF].allSatisfy { ct_a64_is_landing_pad($0) == 1 })
        #expect([0xD503_241F, 0xD503_249F, 0xD503_201F, 0xD503_233F].allSatisfy { ct_a64_is_landing_pad($0) == 0 })
        // paciasp, pacibsp; autiasp, pacia1716, stp
        #expect([0xD503_233F, 0xD503_237F].allSatisfy { ct_a64_signs_return($0) == 1 })
        #expect([0xD503_23BF, 0xD503_211F, 0xA9BE_7BFD].allSatisfy { ct_a64_signs_return($0) == 0 })
    }
}
