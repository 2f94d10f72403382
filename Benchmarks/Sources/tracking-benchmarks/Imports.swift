// Modules that most files of this target use; `import ClassTracking` brings only what a user of the tracker needs.
@_exported public import HeapSizing
@_exported public import ProcessSampling
@_exported public import RecordReading
@_exported public import SystemPackage
@_exported public import TrackingRecords
@_exported public import TrackingSinks
@_exported public import TrackingStatistics
