#if CLI
import Rainbow

/// The colors of texts, by meaning.
struct Palette: Sendable {
    static let plain = Palette(isOn: false)

    var isOn: Bool

    func heading(_ text: String) -> String { isOn ? text.bold : text }

    func faint(_ text: String) -> String { isOn ? text.dim : text }

    func memory(_ text: String) -> String { isOn ? text.cyan : text }

    func peak(_ text: String) -> String { isOn ? text.red : text }

    func alarm(_ text: String) -> String { isOn ? text.red.bold : text }

    func warning(_ text: String) -> String { isOn ? text.yellow : text }
}
#endif
