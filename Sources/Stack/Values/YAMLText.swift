// Values as lines of YAML: for the files that we write and the manifests that
// people read.

import Kubernetes

/// Writes values as YAML lines.
///
/// Keys are in a fixed order (what names a Kubernetes object comes first), text
/// of several lines stands as a block, and no control character comes through
/// unquoted, so that the lines are fit for files and terminals alike.
public enum YAMLText {
  /// The lines of a value, `indent` spaces from the left.
  public static func lines(_ json: JSON, indent: Int = 0) -> [String] {
    var writer = Writer()
    writer.write(json, indent: indent)
    return writer.lines
  }

  private struct Writer {
    var lines: [String] = []

    mutating func write(_ json: JSON, indent: Int) {
      let space = String(repeating: " ", count: indent)
      switch json {
      case .object(let members) where !members.isEmpty:
        for (key, value) in Self.ordered(members) {
          entry(space + Self.key(key) + ":", value, indent: indent)
        }
      case .array(let items) where !items.isEmpty:
        for item in items { element(item, indent: indent) }
      default:
        lines.append(space + Self.scalar(json))
      }
    }

    private mutating func entry(_ lead: String, _ value: JSON, indent: Int) {
      switch value {
      case .object(let members) where !members.isEmpty:
        lines.append(lead)
        write(value, indent: indent + 2)
      case .array(let items) where !items.isEmpty:
        lines.append(lead)
        for item in items { element(item, indent: indent) }
      case .string(let text) where Self.isBlock(text):
        block(lead, text, indent: indent + 2)
      default:
        lines.append(lead + " " + Self.scalar(value))
      }
    }

    private mutating func element(_ item: JSON, indent: Int) {
      let space = String(repeating: " ", count: indent)
      let first = lines.count
      switch item {
      case .object(let members) where !members.isEmpty:
        write(item, indent: indent + 2)
      case .array(let items) where !items.isEmpty:
        write(item, indent: indent + 2)
      case .string(let text) where Self.isBlock(text):
        block(space + "-", text, indent: indent + 2)
        return
      default:
        lines.append(space + "- " + Self.scalar(item))
        return
      }
      lines[first] = space + "- " + lines[first].dropFirst(indent + 2)
    }

    private mutating func block(_ lead: String, _ text: String, indent: Int) {
      let space = String(repeating: " ", count: indent)
      var parts = text.split(
        separator: "\n", omittingEmptySubsequences: false)
      var mark = "|-"
      if parts.last?.isEmpty == true {
        parts.removeLast()
        mark = parts.last?.isEmpty == true ? "|+" : "|"
      }
      lines.append(lead + " " + mark)
      for part in parts {
        lines.append(part.isEmpty ? "" : space + part)
      }
    }

    /// What names an object comes first, as every manifest is written.
    private static func ordered(
      _ members: [String: JSON]
    ) -> [(String, JSON)] {
      func rank(_ key: String) -> Int {
        switch key {
        case "apiVersion": 0
        case "kind": 1
        case "metadata": 2
        case "name" where members["metadata"] == nil: 3
        default: 4
        }
      }
      return members.sorted {
        (rank($0.key), $0.key) < (rank($1.key), $1.key)
      }
    }

    private static func key(_ key: String) -> String {
      isPlain(key) ? key : quoted(key)
    }

    private static func scalar(_ json: JSON) -> String {
      switch json {
      case .string(let text): isPlain(text) ? text : quoted(text)
      case .object: "{}"
      case .array: "[]"
      default: json.text()
      }
    }

    /// Whether text stands as a block: several lines of printable characters
    /// of which the first is not indented.
    private static func isBlock(_ text: String) -> Bool {
      guard text.contains("\n"), let first = text.first(where: { $0 != "\n" }),
        !first.isWhitespace
      else { return false }
      return text.unicodeScalars.allSatisfy { scalar in
        switch scalar.value {
        case 0x09, 0x0A: true
        case 0..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF:
          false
        default: true
        }
      }
    }

    /// Whether YAML reads the text back as this text without quotes.
    private static func isPlain(_ text: String) -> Bool {
      guard let first = text.unicodeScalars.first,
        let last = text.unicodeScalars.last,
        first != " ", last != " ", last != ":"
      else { return false }
      let allowed = text.unicodeScalars.allSatisfy { scalar in
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".", "/", ":", "=", "+",
          "@", " ", ",", "(", ")", "*", "$", "~", "^":
          true
        default: scalar.value > 0xA0
        }
      }
      guard allowed, !text.contains(": "),
        !"-?:,*~@=".unicodeScalars.contains(first)
      else { return false }
      if first.properties.numericType != nil || first == "+" || first == "." {
        // Numbers, dates and times need quotes; names that begin with a digit
        // do not.
        return !text.unicodeScalars.allSatisfy {
          "0123456789.+-eExXoObB_:abcdefABCDEF".unicodeScalars.contains($0)
        }
      }
      return ![
        "true", "false", "yes", "no", "on", "off", "null", "y", "n",
      ].contains(text.lowercased())
    }

    private static func quoted(_ text: String) -> String {
      JSON.string(text).text()
    }
  }
}
