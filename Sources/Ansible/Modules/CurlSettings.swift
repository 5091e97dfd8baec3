// Settings for curl, by which modules make web requests: they may hold secrets,
// so they go over its input and not over its command line.

struct CurlSettings {
  private(set) var lines: [String]

  /// Settings that begin with switches, such as `silent`.
  init(_ switches: [String]) { lines = switches }

  /// Turns something on.
  mutating func turnOn(_ name: String) { lines.append(name) }

  /// Gives an option its value.
  mutating func set(_ name: String, _ value: String) {
    var quoted = ""
    for character in value {
      switch character {
      case "\\": quoted += "\\\\"
      case "\"": quoted += "\\\""
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      default: quoted.append(character)
      }
    }
    lines.append("\(name) = \"\(quoted)\"")
  }

  /// What curl reads with `--config -`.
  var text: String { lines.joined(separator: "\n") + "\n" }
}
