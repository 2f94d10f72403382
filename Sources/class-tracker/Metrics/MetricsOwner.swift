#if CLI
/// The owner of metrics: it stays the same when a service is restarted, so that its series continue.
struct MetricsOwner: Hashable {
    /// The machine, if records of several machines are read.
    var host: String?
    /// The name of the systemd service, if the journal has it.
    var unit: String?
    /// The program's file name.
    var program: String

    init(host: String? = nil, unit: String? = nil, program: String) {
        self.host = host.map(LabelText.clean)
        // Scopes belong to a login, and have another number each time.
        self.unit = unit.flatMap { $0.hasSuffix(".service") ? LabelText.clean($0) : nil }
        self.program = LabelText.clean(program)
    }

    /// Returns the labels of a process; `slot` numbers those that run at the same time, from 1.
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
