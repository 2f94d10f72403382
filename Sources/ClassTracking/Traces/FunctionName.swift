import CTrackingRuntime
import Glibc

/// A function's name as in source code: `Factory.hire(_:)` for `$s7example7FactoryC4hireyySiF`.
package enum FunctionName {
    /// Returns the readable form of a symbol; the symbol itself if it is not Swift's.
    static func readable(_ symbol: String) -> String {
        guard let text = ct_demangle(symbol, symbol.utf8.count) else { return symbol }
        defer { free(text) }
        return simplified(String(cString: text))
    }

    /// Removes modules, types of parameters and results, and the discriminators of private declarations.
    package static func simplified(_ full: String) -> String {
        var text = full[...]
        var prefix = ""
        // "function signature specialization <...> of ", and similar prefixes.
        while let range = text.topLevelRange(of: " of "), text[..<range.lowerBound].contains("specialization") {
            text = text[range.upperBound...]
            prefix = "specialized "
        }
        var parts: [String] = []
        while let range = text.topLevelRange(of: " in ") {
            parts.append(part(text[..<range.lowerBound]))
            text = text[range.upperBound...]
        }
        parts.append(part(text))
        return prefix + parts.joined(separator: " in ")
    }

    private static func part(_ text: Substring) -> String {
        var name = ""
        var rest = text
        while let character = rest.first {
            if character == "(", let end = rest.closing("(", ")") {
                let inner = rest[rest.index(after: rest.startIndex)..<end]
                if let range = inner.topLevelRange(of: " in _") {
                    // A private name, followed by its discriminator.
                    name += inner[..<range.lowerBound]
                } else if inner.hasPrefix("extension in ") {
                    let after = rest.index(after: end)
                    rest = rest[after...]
                    if rest.first == ":" { rest = rest.dropFirst() }
                    continue
                } else if name.last?.isNameCharacter == true {
                    // Results and effects follow the parameters.
                    return withoutModule(name) + "(" + labels(inner) + ")"
                } else if name.hasSuffix(" ") {
                    // The type of a closure.
                    return withoutModule(String(name.dropLast()))
                } else {
                    name += inner
                }
                rest = rest[rest.index(after: end)...]
            } else if character == "<", name.last?.isNameCharacter == true, let end = rest.closing("<", ">") {
                rest = rest[rest.index(after: end)...]
            } else {
                name.append(character)
                rest = rest.dropFirst()
            }
        }
        return withoutModule(name)
    }

    /// Returns `module.Type.name` without the module; it may be preceded by `static` or `closure #1`.
    private static func withoutModule(_ name: String) -> String {
        let start = name.lastIndex(of: " ").map { name.index(after: $0) } ?? name.startIndex
        guard let dot = name[start...].firstIndex(of: "."), dot != start else { return name }
        return String(name[..<start] + name[name.index(after: dot)...])
    }

    private static func labels(_ parameters: Substring) -> String {
        var labels = ""
        var rest = parameters
        while !rest.isEmpty {
            let end = rest.topLevelRange(of: ", ")
            let parameter = rest[..<(end?.lowerBound ?? rest.endIndex)]
            let label = parameter.topLevelRange(of: ": ").map { parameter[..<$0.lowerBound] }
            labels += (label.map(String.init) ?? "_") + ":"
            rest = end.map { rest[$0.upperBound...] } ?? ""
        }
        return labels
    }
}

extension Character {
    fileprivate var isNameCharacter: Bool { isLetter || isNumber || self == "_" || self == ">" || self == "`" }
}

extension Substring {
    /// Returns the first occurrence of a text outside brackets.
    fileprivate func topLevelRange(of text: String) -> Range<Index>? {
        var depth = 0
        var index = startIndex
        var last: Character = " "
        while index < endIndex {
            let character = self[index]
            if depth == 0, self[index...].hasPrefix(text) { return index..<self.index(index, offsetBy: text.count) }
            switch character {
            case "(", "<", "[": depth += 1
            case ")", "]": depth -= 1
            // Not an arrow.
            case ">" where last != "-": depth -= 1
            default: break
            }
            last = character
            index = self.index(after: index)
        }
        return nil
    }

    /// Returns the position at which the text's opening bracket is closed.
    fileprivate func closing(_ open: Character, _ close: Character) -> Index? {
        var depth = 0
        var last: Character = " "
        for index in indices {
            let character = self[index]
            if character == open { depth += 1 }
            if character == close, last != "-" || close != ">" {
                depth -= 1
                if depth == 0 { return index }
            }
            last = character
        }
        return nil
    }
}
