// The twenty classes of the soak: those of the other modes and these.

class Request {
    var path = ""
    var body: [UInt8] = []
}
class StreamedRequest: Request {
    var chunks: [[UInt8]] = []
}
final class UploadRequest: StreamedRequest {
    var progress = 0
}
final class Reply<Body> {
    var body: Body

    init(_ body: Body) { self.body = body }
}
class Store<Key: Hashable, Value> {
    var entries: [Key: Value] = [:]
}
final class NamedStore: Store<String, [Int]> {
    var name = "store"
}
actor Worker {
    var jobs: [Int] = []
}
actor Mailbox<Message> {
    var messages: [Message] = []
}
final class Tree {
    var left: Tree?
    var right: Tree?
}
enum Shop {
    final class Cart {
        var items: [String: Int] = [:]
    }
}

extension Kind {
    /// Of which the last one is tracked now and then.
    static let soaked: [Kind] =
        all + [
            Kind("Request", Request.self) { _ in Request() },
            Kind("StreamedRequest", StreamedRequest.self) { _ in StreamedRequest() },
            Kind("UploadRequest", UploadRequest.self) { _ in UploadRequest() },
            Kind("Reply<String>", Reply<String>.self) { Reply("reply \($0) with more than is stored inline") },
            Kind("Reply<(Int, Int)>", Reply<(Int, Int)>.self) { Reply(($0, $0)) },
            Kind("Store<Int, Int>", Store<Int, Int>.self) { _ in Store<Int, Int>() },
            Kind("NamedStore", NamedStore.self) { _ in NamedStore() },
            Kind("Worker", Worker.self) { _ in Worker() },
            Kind("Mailbox<String>", Mailbox<String>.self) { _ in Mailbox<String>() },
            Kind("Mailbox<[Int]>", Mailbox<[Int]>.self) { _ in Mailbox<[Int]>() },
            Kind("Tree", Tree.self) { _ in Tree() },
            Kind("Cart", Shop.Cart.self) { _ in Shop.Cart() },
        ]

    /// Gives an object contents of another size.
    static func fill(_ object: AnyObject, _ number: Int) {
        switch object {
        case let session as Session: session.text = String(repeating: "x", count: number % 200)
        case let cache as Cache<Int>: cache.values = Array(0..<number % 60)
        case let request as Request: request.body = [UInt8](repeating: 0, count: number % 512)
        case let store as NamedStore: store.entries["\(number % 16)"] = Array(0..<number % 8)
        case let cart as Shop.Cart: cart.items["\(number % 16)"] = number
        default: break
        }
    }
}
