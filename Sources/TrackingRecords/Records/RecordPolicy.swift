/// The treatment of the records of one kind on their way to the sinks and to people.
package struct RecordPolicy: Sendable {
    /// The records of a kind that the journal receives.
    package enum Journalling: Sendable {
        /// None: the records are for files.
        case never
        /// Those that fit the interval of the journal.
        case thinned
        /// Each, immediately.
        case always
    }

    /// journald's `MESSAGE_ID`, 32 hexadecimal digits, which `systemd/class-tracker.catalog` explains; `nil` for kinds
    /// that the journal never receives.
    package let messageID: StaticString?
    /// journald's priority: 6 for regular events, 4 for events that a person should look at.
    package let priority: Int
    /// The records of the kind that the journal receives.
    package let journalling: Journalling
    /// Indicates whether records of the kind are frequent, so that losing some is better than losing another kind: a
    /// full queue refuses them first, and none is kept while journald does not read.
    package let isPlentiful: Bool
    /// Indicates whether records of the kind have a sequence number.
    package let isNumbered: Bool
    /// Indicates whether a table of events has a row for each record.
    package let hasRow: Bool

    private init(
        _ messageID: StaticString?,
        priority: Int = 6,
        _ journalling: Journalling,
        isPlentiful: Bool,
        isNumbered: Bool = true,
        hasRow: Bool = true
    ) {
        self.messageID = messageID
        self.priority = priority
        self.journalling = journalling
        self.isPlentiful = isPlentiful
        self.isNumbered = isNumbered
        self.hasRow = hasRow
    }

    /// Returns the policy of a kind; the message identifiers never change.
    package static func of(_ kind: Record.Kind) -> RecordPolicy {
        switch kind {
        // A header has no number that could show which records are missing before it.
        case .header: RecordPolicy("f5f1849360c34a44a9ada32509479fa0", .always, isPlentiful: false, isNumbered: false)
        case .sample: RecordPolicy("438e2a7dc70942c682e922ca59366a12", .thinned, isPlentiful: true)
        case .spike: RecordPolicy("d9c3defa23614ba8a47a2a43a606fbc5", priority: 4, .always, isPlentiful: false)
        case .snapshot: RecordPolicy("e82eab10776d439d8361f354836973a4", .thinned, isPlentiful: true)
        case .classSize: RecordPolicy("29c2e17608184b269fba8d6c3a563867", .thinned, isPlentiful: true)
        case .object: RecordPolicy(nil, .never, isPlentiful: true, hasRow: false)
        case .trace: RecordPolicy(nil, .never, isPlentiful: true, hasRow: false)
        case .history: RecordPolicy(nil, .never, isPlentiful: true, hasRow: false)
        case .drop: RecordPolicy("780d5590159a4d2dbb9a5804a32a2abe", priority: 4, .always, isPlentiful: false)
        case .notice: RecordPolicy("912847956d074e6680e41e2815295a53", .always, isPlentiful: false)
        case .end: RecordPolicy("014e096d1e1348b5a406e506060f967e", .always, isPlentiful: false)
        }
    }
}

extension Record {
    /// journald's priority of this record: that of its kind; for a notice, that of its severity.
    package var priority: Int {
        guard case .notice(let notice) = payload else { return RecordPolicy.of(kind).priority }
        return switch notice.severity {
        case .info: 6
        case .warning: 4
        case .error: 3
        }
    }
}
