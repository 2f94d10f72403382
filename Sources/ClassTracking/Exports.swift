// The names of other modules that `import ClassTracking` exports, one by one: those that a user of the tracker writes,
// and none as general as `Record` or `End`. No other package is exported. A path is a text, or a `FilePath` of
// swift-system.

@_exported public import class HeapSizing.HeapSizer
@_exported public import enum HeapSizing.HeapSizingError
@_exported public import protocol HeapSizing.MemoryOwning
@_exported public import enum HeapSizing.OwnedMemory
@_exported public import struct ProcessSampling.SpikeConfiguration
@_exported public import struct TrackingRecords.ClassGrowth
@_exported public import struct TrackingRecords.ClassSize
@_exported public import struct TrackingRecords.InstanceCount
@_exported public import struct TrackingRecords.InstantiationSite
@_exported public import struct TrackingRecords.InstantiationTrace
@_exported public import struct TrackingRecords.ObjectSize
@_exported public import struct TrackingRecords.ProcessMemory
@_exported public import struct TrackingRecords.SizedObject
@_exported public import struct TrackingRecords.Snapshot
@_exported public import struct TrackingRecords.TraceFrame
@_exported public import struct TrackingRecords.TrackedObjectRecord
@_exported public import class TrackingSinks.JournalSink
@_exported public import protocol TrackingSinks.RecordSink
@_exported public import struct TrackingSinks.RollingFileConfiguration
@_exported public import class TrackingSinks.RollingFileSink
@_exported public import struct TrackingSinks.SinkNotice
@_exported public import struct TrackingSinks.SinkStatus
@_exported public import class TrackingStatistics.ConsoleStats
@_exported public import class TrackingStatistics.Stats
@_exported public import struct TrackingStatistics.StatsError

#if HTML
@_exported public import class TrackingStatistics.HTMLStats
#endif
#if Logging
@_exported public import class TrackingSinks.LogSink
#endif
#if Metrics
@_exported public import class TrackingSinks.MetricsSink
#endif
