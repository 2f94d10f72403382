/// A value of random shape and depth.
indirect enum RandomValue {
    case nothing
    case number(Int)
    case flag(Bool, UInt8)
    case string(String)
    case substring(Substring)
    case optional(String?)
    case pair(RandomValue, RandomValue)
    case array([RandomValue])
    case strings(ContiguousArray<String>)
    case slice(ArraySlice<RandomValue>)
    case byName([String: RandomValue])
    case byNumber([Int: RandomObject?])
    case names(Set<String>)
    case object(RandomObject)
    case plain(any RandomThing)
    case any(Any)
    case anys([Any])
    case closure(() -> RandomValue)
    case variable(() -> Int, (Int) -> Void)
    case result(Result<RandomObject, RandomFault>)
    case error(any Error)
    case either(Either<RandomObject, RandomValue>)
    case hashable(AnyHashable)
    case list(List<String>)
    case wrapped(Wrap<(RandomValue, Int8, String)>)
    case type(any Any.Type)
    case weak(RandomWeak)
}

protocol RandomThing {}

class RandomObject: RandomThing {
    var value: RandomValue
    let number: Int

    init(_ value: RandomValue, _ number: Int) {
        self.value = value
        self.number = number
    }
}

final class RandomSubobject: RandomObject {
    var more: RandomValue?
    var name = ""
}

final class RandomBox<Content>: RandomThing {
    let flag: Bool
    let content: Content

    init(_ content: Content, _ flag: Bool) {
        self.content = content
        self.flag = flag
    }
}

struct RandomSmall: RandomThing {
    var value: RandomValue
    var flag: Bool
}

struct RandomLarge: RandomThing {
    var first: RandomValue
    var name: String
    var second: RandomValue?
    var object: RandomObject?
    var thing: (any RandomThing)?
}

struct RandomWeak {
    weak var object: RandomObject?
    var strong: RandomObject?
}

struct RandomKey: Hashable {
    var name: String
    var numbers: [Int]
}

enum RandomFault: Error, @unchecked Sendable {
    case small
    case text(String)
    case value(RandomObject, Int)
}
