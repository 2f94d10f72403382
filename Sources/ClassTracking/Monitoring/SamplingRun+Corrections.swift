import ProcessSampling
import TrackingRecords

/// The corrections of a sample, which use no state of the run.
extension SamplingRun {
    /// Returns the sample without the memory that snapshots used since the last one, so that they do not look like a
    /// spike.
    static func withoutOwn(_ sample: Sample) -> Sample {
        let own = PageMemory.takePeak()
        guard own > 0, let peak = sample.intervalPeak else { return sample }
        var sample = sample
        sample.intervalPeak = max(peak - own, min(peak, sample.memory.residentSet ?? 0))
        return sample
    }

    /// Returns the number of ticks missed since the last one, because the machine was suspended or the process was not
    /// scheduled.
    static func missedTicks(since latest: Double?, _ now: Double, _ interval: Duration) -> Int {
        guard let latest else { return 0 }
        return max(0, Int(((now - latest) / interval.inSeconds).rounded()) - 1)
    }
}
