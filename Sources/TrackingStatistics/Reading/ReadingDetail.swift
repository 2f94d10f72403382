/// How much of what files say is kept in memory.
package enum ReadingDetail: Sendable, Equatable {
    /// Everything.
    case full
    /// What a page shows: the largest size of each object, and the referents of a class at one snapshot.
    case charts
    /// The memory, and some snapshots: the first, the one with the most tracked bytes, and so many of the latest ones. The
    /// memory that it takes does not grow with the file.
    case summary(snapshots: Int)
}
