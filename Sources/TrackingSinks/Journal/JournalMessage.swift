public import TrackingRecords

/// The fixed parts of our journal entries.
public enum JournalMessage {
    /// The `MESSAGE_ID` of a kind of record, 32 hexadecimal digits; the message catalog explains each.
    public static func identifier(of kind: Record.Kind) -> String { literal(of: kind).description }

    /// journald's priority of a record: 6 for what happens all the time, 4 for what somebody should look at.
    public static func priority(of record: Record) -> Int {
        switch record.payload {
        case .header, .sample, .snapshot, .classSize, .object, .trace, .history, .end: 6
        case .spike, .drop: 4
        case .notice(let notice):
            switch notice.severity {
            case .info: 6
            case .warning: 4
            case .error: 3
            }
        }
    }

    static func literal(of kind: Record.Kind) -> StaticString {
        switch kind {
        case .header: "f5f1849360c34a44a9ada32509479fa0"
        case .sample: "438e2a7dc70942c682e922ca59366a12"
        case .spike: "d9c3defa23614ba8a47a2a43a606fbc5"
        case .snapshot: "e82eab10776d439d8361f354836973a4"
        case .classSize: "29c2e17608184b269fba8d6c3a563867"
        case .object: "2bff4cb28a0b4ae793a5cad4e1005573"
        case .trace: "cccf2ef865a5451787f7a20b6ff1deef"
        case .history: "12f9d73729eb41ad8dd8f153435e6ee8"
        case .drop: "780d5590159a4d2dbb9a5804a32a2abe"
        case .notice: "912847956d074e6680e41e2815295a53"
        case .end: "014e096d1e1348b5a406e506060f967e"
        }
    }
}
