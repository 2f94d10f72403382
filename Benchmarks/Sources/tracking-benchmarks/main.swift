import ClassTracking
import Glibc

let usage = """
    usage: tracking-benchmarks FIGURE... [--quick] [--keep FILE]

    figures: sample sample-time journal file allocations growth spikes steady reading tracking
        snapshots forked tracking-build tracking-snapshot statistics sizing sizing-time sizing-growth, and sizing-SHAPE with one of
        list list-shuffled list-long numbers orders tree integers references
    Each prints tab-separated rows: figure, value, peer, ratio, target, verdict. Benchmarks/run puts them into a table.
    --keep leaves the file that was read behind, for another reader.

    """

var quick = false
var kept: FilePath?
var figures: [String] = []
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
    switch argument {
    case "--quick": quick = true
    case "--keep": kept = arguments.popFirst().map { FilePath($0) }
    default: figures.append(argument)
    }
}
if figures.isEmpty {
    complain(usage)
    exit(EX_USAGE)
}
for figure in figures {
    switch figure {
    case "sample": SampleCost.report(quick: quick)
    case "sample-time": print((SampleCost.own(rounds: quick ? 51 : 201) / 1000).text(3))
    case "journal": JournalCost.report(quick: quick)
    case "file": FileThroughput.report(quick: quick)
    case "allocations": TickAllocations.report(quick: quick)
    case "growth": MemoryGrowth.report(quick: quick)
    case "spikes": SpikeRecall.report(quick: quick)
    case "steady": SteadyProcess.report(quick: quick)
    case "reading": ReadingSpeed.report(quick: quick, keep: kept)
    case "tracking": TrackingCost.report(quick: quick)
    case "forked": ForkedCost.report(quick: quick)
    case "snapshots": SnapshotCost.report(quick: quick)
    case "tracking-build": print(SnapshotCost.own(quick: quick).build.text(3))
    case "tracking-snapshot": print(SnapshotCost.own(quick: quick).snapshot.text(3))
    case "statistics":
        let cost = StatisticsCost.own(quick: quick)
        for figure in [cost.dump, cost.load, cost.bytes] { print(figure.text(3)) }
    case "sizing": SizingCost.report(quick: quick)
    case "sizing-time": print(SizingCost.own(quick: quick).text(3))
    case "sizing-growth": SizingCost.reportGrowth(quick: quick)
    default:
        let words = figure.split(separator: "-", maxSplits: 1)
        if words.count == 2, words[0] == "sizing", SizingShapes.report(words[1], quick: quick) { continue }
        complain(usage)
        exit(EX_USAGE)
    }
}
