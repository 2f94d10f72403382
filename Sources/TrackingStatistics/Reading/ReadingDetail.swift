/// The part of the records that is kept in memory.
package enum ReadingDetail: Sendable, Equatable {
    /// Everything.
    case full
    /// The part that a page shows: the largest size of each object, and the referents of each class at one snapshot.
    case charts
    /// The samples, and some snapshots: the first, the one with the most tracked bytes, and a number of the latest ones.
    /// The memory that this takes does not grow with the file.
    case summary(snapshots: Int)
}
