import Glibc
import SystemPackage
import TrackingRecords

/// The reason why a snapshot could not be taken in a copy of the process.
enum ForkRefusal: Error, Equatable, CustomStringConvertible {
    /// The predicted duration of the copy exceeds the budget; in seconds.
    case pauseTooLong(predicted: Double, budget: Double)
    /// There is too little memory if all pages had to exist twice; in bytes.
    case memoryShort(needed: Int, available: Int)
    /// The kernel would not commit a second copy of all memory; in bytes.
    case commitShort(needed: Int, available: Int)
    /// The size of the process or the available memory is not known.
    case memoryUnknown
    /// The allocator has no block headers to read, or a sanitizer is in the process.
    case foreignAllocator
    /// The kernel refused the copy; the errno of clone(2).
    case refused(Int32)
    /// The host has left its process namespace: a copy would be the first process of another one.
    case otherNamespace
    /// A lock of the registry could not be taken, or its contents changed too fast.
    case busy
    /// The kernel gives no memory for the results.
    case noMemory
    /// There were more objects or referents than fit.
    case resultTooLarge
    /// Objects of unknown types were found, twice in succession.
    case unknownTypes
    /// The copy was killed by a signal that was sent to it.
    case killed(Int32)
    /// The copy caused a fault; the number of its signal.
    case crashed(Int32)
    /// The copy did not end in time; in seconds.
    case tooSlow(Double)
    /// The result of the copy is incomplete or damaged; the exit status of the copy.
    case damaged(status: Int32)

    /// The reason, as the snapshot has it.
    var description: String {
        switch self {
        case .pauseTooLong(let predicted, let budget):
            "a pause of \(TimeText(predicted, .fine)) is predicted, pause-budget is \(TimeText(budget, .fine))"
        case .memoryShort(let needed, let available):
            "a copy could need \(ByteText(needed)), and \(ByteText(available)) are left"
        case .commitShort(let needed, let available):
            "vm.overcommit_memory is 2: a copy needs \(ByteText(needed)), and \(ByteText(available)) are left to promise"
        case .memoryUnknown: "how much memory is left is not known: /proc cannot be read"
        case .foreignAllocator: "the allocator is not glibc's, or a sanitizer's: it cannot be asked in a copy"
        case .refused(let number): "the kernel refused a copy: clone(2): \(Errno(rawValue: number))"
        case .otherNamespace: "the next process would begin a namespace of its own, as the host has asked for"
        case .busy: "objects were born and died too fast for their tables to be locked"
        case .noMemory: "the kernel gives no memory for the result"
        case .resultTooLarge: "the result did not find room"
        case .unknownTypes: "objects of classes were met that no snapshot has seen yet"
        case .killed(let signal): "the copy was killed by signal \(signal)"
        case .crashed(let signal): "the copy met a fault, signal \(signal)"
        case .tooSlow(let seconds): "the copy took longer than \(TimeText(seconds))"
        case .damaged(let status): "the copy left an incomplete result, exit status \(status)"
        }
    }

    /// Indicates whether both have the same kind of reason, so that the second one is not reported.
    func isSameKind(as other: ForkRefusal) -> Bool {
        switch (self, other) {
        case (.pauseTooLong, .pauseTooLong), (.memoryShort, .memoryShort), (.commitShort, .commitShort): true
        default: self == other
        }
    }
}
