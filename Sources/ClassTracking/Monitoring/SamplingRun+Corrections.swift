import ProcessSampling
import TrackingRecords

/// The corrections of a sample, which need nothing of the run.
extension SamplingRun {
    /// Returns the sample without the memory that snapshots took since the last one, so that they do not look like a spike.
    static func withoutOwn(_ sample: Sample) -> Sample {
        let own = PageMemory.takePeak()
        guard own > 0, let peak = sample.intervalPeak else { return sample }
        var sample = sample
        sample.intervalPeak = max(peak - own, min(peak, sample.memory.residentSet ?? 0))
        return sample
    }

    /// Returns how many ticks were missed since the last one, because the machine was suspended or the process got no time.
    static func missedTicks(since latest: Double?, _ now: Double, _ interval: Duration) -> Int {
        guard let latest else { return 0 }
        return max(0, Int(((now - latest) / interval.inSeconds).rounded()) - 1)
    }
}
