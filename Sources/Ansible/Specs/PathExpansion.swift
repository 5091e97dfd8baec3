// `~` and `$NAME` in file names, as Python's os.path expands them.

import Glibc

/// Expands file names by the process's environment.
enum PathExpansion {
  static func expand(_ path: String) -> String {
    let expanded = variables(path)
    guard expanded.hasPrefix("~") else { return expanded }
    let slash = expanded.firstIndex(of: "/") ?? expanded.endIndex
    let user = expanded[
      expanded.index(after: expanded.startIndex)..<slash]
    guard user.isEmpty, let home = getenv("HOME") else { return expanded }
    return String(cString: home) + expanded[slash...]
  }

  private static func variables(_ path: String) -> String {
    guard path.contains("$") else { return path }
    var result = ""
    var rest = path[...]
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      rest = rest[rest.index(after: dollar)...]
      let isBraced = rest.first == "{"
      let body = isBraced ? rest.dropFirst() : rest
      let name = body.prefix {
        $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")
      }
      let closes = body[name.endIndex...].first == "}"
      guard !name.isEmpty, !isBraced || closes,
        let value = getenv(String(name))
      else {
        result += "$"
        continue
      }
      result += String(cString: value)
      rest = body[name.endIndex...].dropFirst(isBraced ? 1 : 0)
    }
    return result + rest
  }
}
