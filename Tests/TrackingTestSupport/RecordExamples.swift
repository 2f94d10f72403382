package import TrackingRecords

extension Header {
    package static let example = Header(
        program: "service",
        processID: 4711,
        bootID: "9982dd6742064c7f9ef92aeb475b7265",
        invocationID: nil,
        startTime: 1_795_379_823.603062,
        interval: 0.25,
        swiftVersion: "6.3",
        trackerVersion: nil,
        memoryLimit: 1 << 30
    )
}

extension Sample {
    /// A sample with every field set, each to another number.
    package static func full(_ number: Int) -> Sample {
        var memory = ProcessMemory()
        memory.virtualSize = number + 1
        memory.peakVirtualSize = number + 2
        memory.residentSet = number + 3
        memory.peakResidentSet = number + 4
        memory.residentAnonymous = number + 5
        memory.residentFile = number + 6
        memory.residentShared = number + 7
        memory.dataSize = number + 8
        memory.stackSize = number + 9
        memory.executableSize = number + 10
        memory.librarySize = number + 11
        memory.pageTableSize = number + 12
        memory.swapSize = number + 13
        memory.threadCount = number + 14
        var sample = Sample(
            timestamp: 12.000003,
            wallTime: 1_795_379_835.603065,
            memory: memory,
            intervalPeak: number + 15,
            maximumResidentSet: number + 16,
            missedTicks: 17
        )
        sample.clockBehind = 3600.5
        sample.window = Window(count: 10, minimum: number, mean: number + 1, maximum: number + 2)
        sample.decision = SpikeDecision(verdict: .belowThreshold, baseline: number, threshold: 1 << 25)
        return sample
    }
}

extension Spike {
    package static var example: Spike {
        var spike = Spike(
            number: 3,
            timestamp: 20.5,
            wallTime: 1_795_379_843.5,
            begin: 19.5,
            baseline: 10 << 20,
            peak: 300 << 20,
            threshold: 32 << 20
        )
        spike.state = .ended
        spike.end = 20.5
        spike.betweenSamples = true
        spike.outcome = .newLevel
        spike.level = 200 << 20
        spike.suppressed = 4
        spike.before = [
            Point(timestamp: 18.5, residentSet: 10 << 20, intervalPeak: 11 << 20),
            Point(timestamp: 18.5, residentSet: 10 << 20, intervalPeak: 11 << 20),
            Point(timestamp: 19.5, residentSet: 12 << 20, intervalPeak: 12 << 20),
        ]
        return spike
    }
}
