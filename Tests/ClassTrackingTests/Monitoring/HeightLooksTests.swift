import Testing

@testable import ClassTracking

@Suite("Looks at the height of a spike")
struct HeightLooksTests {
    private static let second: UInt64 = 1_000_000_000

    @Test("What the climb has used up is not what the look at the height has")
    func reserved() {
        let budget = OverheadBudget(share: 0.01, now: 0)
        budget.chargeSnapshot(5 * Self.second, now: 0)
        #expect(!budget.allowsSnapshot(now: 0))
        #expect(budget.allowsHeight(now: 0))
        budget.chargeHeight(Self.second, now: 0)
        // One overdraws the account, and what it cost is paid back before the next one: all of it is within the share.
        #expect(!budget.allowsHeight(now: 89 * Self.second))
        #expect(budget.allowsHeight(now: 91 * Self.second))
        #expect(!budget.allowsSnapshot(now: 91 * Self.second))
        #expect(OverheadBudget(share: nil).allowsHeight())
    }

    @Test("A look that was too early is not the last one of a spike, and they are few")
    func overdrawn() {
        let budget = OverheadBudget(share: 0.0001)
        var looks = HeightLooks()
        let first = looks.mayOverdraw(at: 100 << 20, isLong: false, budget)
        looks.add(100 << 20, isLong: false)
        budget.chargeHeight(1000 * Self.second)
        let hardlyHigher = looks.mayOverdraw(at: 120 << 20, isLong: false, budget)
        let higher = looks.mayOverdraw(at: 126 << 20, isLong: false, budget)
        let longAfter = looks.mayOverdraw(at: 120 << 20, isLong: true, budget)
        looks.add(120 << 20, isLong: true)
        let again = looks.mayOverdraw(at: 120 << 20, isLong: true, budget)
        #expect([first, hardlyHigher, higher, longAfter, again] == [true, false, true, true, false])
        // The next spike has none before they are paid back.
        var next = HeightLooks()
        let early = next.mayOverdraw(at: 500 << 20, isLong: true, budget)
        #expect(!early)
    }
}
