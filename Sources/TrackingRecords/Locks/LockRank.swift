/// The locks of the tracker, in the order in which a thread takes them.
///
/// A thread that holds a lock may take only locks that come later in this list, so that two threads can never wait for
/// each other. Debug builds check this (``OrderedMutex``). The locks of sinks are not in the list: the thread of the
/// sinks takes them with no other lock held, and a sink may call code of the host.
@usableFromInline
package enum LockRank: UInt8, CaseIterable, Sendable {
    // For each tracker.

    /// The start and the stop of the periodic timer; held for eight seconds at most.
    case lifecycle
    /// One tick, or one check of the resident set between two ticks; held as long as a snapshot on that thread takes.
    case sampling
    /// The memory for snapshots, so that each snapshot is compared with the previous one; held for a whole snapshot.
    case measuring
    /// The objects with records in the stream; held while the records of a snapshot are chosen.
    case streamedObjects
    /// The memory that limits leave for snapshots; held for moments, and while a file with the control group's limit is
    /// read.
    case snapshotHeadroom
    /// The snapshots and histories that are kept; held for moments.
    case snapshotStore
    /// The tracker's configuration, run and registry; held for moments.
    case tracker

    // For each run of the periodic timer.

    /// The detector and the progress of a run; held for one sample.
    case samplingRun
    /// The counts that a spike is compared with; held for moments.
    case spikeExplainer
    /// The next requested snapshot; held for moments.
    case snapshotSchedule
    /// The next tick; held for moments.
    case tickPlan
    /// The way in which a run ends; held for moments.
    case ending
    /// The state of Dispatch's timer; held for moments.
    case samplingTimer
    /// The processor time that may still be used; held for moments.
    case overheadBudget
    /// The samples and spikes that are kept; held for moments, and while they are copied.
    case sampleLog

    // For the observation, one for the process.

    /// The flag that births are observed; held while allocations are redirected or restored.
    case observatory
    /// The way in which allocations are redirected; held while they are redirected or restored.
    case runtimeHooks
    /// The patterns for libraries loaded later; held for moments, because a thread that loads a library holds the
    /// loader's lock.
    case classPatterns
    /// The classes of such libraries that are not reported in the stream yet; held for moments.
    case lateClasses

    // For each registry.

    /// The names and parameters by number; held for moments.
    case ruleBook
    /// The classes that are watched; held for moments.
    case watchedClasses
    /// The names of the classes seen so far; held while the runtime is asked for new ones.
    case classNames
    /// The position in the records of one snapshot; held for moments.
    case recordBurst
    /// The rate of the processor's ticks; held for moments.
    case tickClock

    // For types and symbols, one for the process.

    /// The layouts of types; held while a layout is computed, which reads the runtime's metadata.
    case layoutCatalog
    /// The types of fields that reflection hides; held for moments.
    case hiddenFieldTypes
    /// The functions and lines of addresses; held for moments.
    case symbolizer

    // Locks that every thread may need at any time.

    /// The queue before the sinks; held for moments.
    case recordPipeline
    /// The kept descriptors and the buffer of a reader of process memory; held for one reading.
    case memoryReader
    /// The peaks that readers have not seen yet; held for one reading.
    case peakLedger
    /// The latest times of a stream; held for one reading of the clocks.
    case streamClock
}
