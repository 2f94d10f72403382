#if CLI
/// Whose metrics they are: what stays the same when a service is started again, so that its series go on.
struct MetricsOwner: Hashable {
    /// The machine, where records of several are read.
    var host: String?
    /// systemd's name of the service, where it is one and the journal says so.
    var unit: String?
    /// The program's file name.
    var program: String

    init(host: String? = nil, unit: String? = nil, program: String) {
        self.host = host.map(LabelText.clean)
        // Scopes are those of a login, with a number that is another one each time.
        self.unit = unit.flatMap { $0.hasSuffix(".service") ? LabelText.clean($0) : nil }
        self.program = LabelText.clean(program)
    }

    /// The labels of the process that is the `slot`th at the same time.
    func labels(slot: Int) -> [(name: String, value: String)] {
        var labels = [("program", program)]
        if let unit { labels.append(("unit", unit)) }
        if let host { labels.append(("host", host)) }
        if slot > 1 { labels.append(("process", "\(slot)")) }
        return labels
    }
}

extension MetricsOwner: Comparable {
    static func < (left: Self, right: Self) -> Bool {
        (left.host ?? "", left.unit ?? "", left.program) < (right.host ?? "", right.unit ?? "", right.program)
    }
}
#endif
