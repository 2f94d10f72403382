/// The wording of a spike, which the journal's message, the rows of the command, the page and the report share.
extension Spike {
    /// The largest number of classes in a message; the record has more.
    private static let namedClasses = 3

    /// The sentence of the journal: `memory spike 3: peak 300.0 MiB, 290.0 MiB above the normal 10.0 MiB, came down, within
    /// 1 s`.
    var message: String {
        let spanText = betweenSamples || outcome == .transient ? spanText : ""
        return sentence("memory spike", above: "the normal \(ByteText(baseline))", spanText)
    }

    /// The sentence of a row, whose columns show the baseline: `spike 3: peak 300.0 MiB, 290.0 MiB above normal, came down
    /// within 1 s`.
    package var rowText: String {
        // A spike between two samples has the length of the interval, which a reader of rows sees.
        let spanText = !betweenSamples && outcome == .transient ? String(spanText.dropFirst()) : ""
        return sentence("spike", above: "normal", spanText)
    }

    private func sentence(_ subject: String, above normal: String, _ spanText: String) -> String {
        let height = "\(heightText) \(normal)"
        guard state == .ended else { return "\(subject) \(number) \(stageText): \(height)\(restText)" }
        return "\(subject) \(number): \(height), \(outcomeText)\(spanText)\(restText)"
    }

    /// The longest possible duration of a spike: `, within 1 s`.
    private var spanText: String { duration.map { ", within \(TimeText($0))" } ?? "" }

    /// The longest possible duration of a spike, for a cell of a table: `≤ 1 s`; `nil` for an ongoing one.
    ///
    /// The kernel records the height of a peak and not its time, so only the samples around it are known.
    package var durationText: String? { duration.map { "≤ \(TimeText($0))" } }

    /// The height in two numbers: `peak 294.2 MiB, 258.1 MiB above`.
    package var heightText: String { "peak \(ByteText(peak)), \(ByteText(excess)) above" }

    /// Distinguishes the first record of an ongoing spike from the later ones.
    private var stageText: String { updates == 0 ? "begins" : "goes on" }

    /// The outcome of the spike, in a few words.
    package var outcomeText: String {
        switch outcome {
        // A spike that did not come down before the next sample does not lie between two samples.
        case .transient where betweenSamples: "between two samples"
        case .transient: "came down"
        case .newLevel: "stays at \(ByteText(level ?? peak))"
        case .streamEnd: "at \(ByteText(level ?? peak)) at the end"
        case nil: "ongoing"
        }
    }

    /// The growth and the number of suppressed spikes, each part after a semicolon.
    package var restText: String {
        grownText + (suppressed > 0 ? "; \(counted(suppressed, "firing")) suppressed before it" : "")
    }

    /// The growth, after a semicolon; empty if nothing is known of it.
    ///
    /// Memory at the peak comes first. Memory at the level after the spike follows it, because objects of the peak may
    /// have died since.
    private var grownText: String {
        var parts = Self.texts(of: grown, more: omittedGrowth, omittedGrowthBytes)
        if surplus > 0 { parts.append("\(ByteText(surplus)) of that not resident, or before already") }
        if let untracked {
            // A small amount always follows.
            let later = unseen > excess / 16 ? unseen : 0
            if later > 0 { parts.append("\(ByteText(later)) not looked at") }
            parts.append("\(ByteText(untracked - later)) untracked")
        }
        let height = parts.joined(separator: ", ")
        return (height.isEmpty ? "" : "; " + (estimatedFrom == nil ? "" : "about ") + height) + levelText
    }

    /// The objects in the memory that has remained, after a semicolon.
    private var levelText: String {
        guard let levelUntracked else { return "" }
        var parts = Self.texts(of: levelGrown, more: levelOmitted, levelOmittedBytes)
        if levelUntracked >= 0 {
            parts.append("\(ByteText(levelUntracked)) untracked")
        } else {
            parts.append("\(ByteText(-levelUntracked)) of that not resident, or before already")
        }
        return "; now holds " + parts.joined(separator: ", ")
    }

    private static func texts(of grown: [ClassGrowth], more: Int, _ bytes: Int) -> [String] {
        let (named, rest) = (grown.prefix(namedClasses), grown.dropFirst(namedClasses))
        var parts = named.map(\.text)
        let (count, sum) = (rest.count + more, rest.reduce(bytes) { $0 &+ $1.figure })
        if count > 0 {
            let classes = counted(count, "further class", "further classes")
            parts.append(sum == 0 ? classes : "\(sum < 0 ? "" : "+")\(ByteText(sum)) in \(classes)")
        }
        return parts
    }
}

extension ClassGrowth {
    /// `+210.0 MiB in MyApp.Connection (12,000 instances)`.
    fileprivate var text: String {
        let height = "\(figure < 0 ? "" : "+")\(ByteText(figure)) in \(name.shortened())"
        // Sizes are unknown if no snapshot was taken; the number of created objects is always known.
        let what = bytes == nil ? "\(counted(created, "instance")) created" : counted(instances, "instance")
        return "\(height) (\(what))"
    }
}
