// `import ClassTracking` brings every public name a service needs; paths are swift-system's.
@_exported public import HeapSizing
@_exported public import ProcessSampling
@_exported public import SystemPackage
@_exported public import TrackingRecords
@_exported public import TrackingSinks
@_exported public import TrackingStatistics
