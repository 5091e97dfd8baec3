// The parts of a URL as Python's urllib.parse.urlsplit finds them.

import Jinja

struct URLParts {
  var scheme = ""
  var netloc = ""
  var path = ""
  var query = ""
  var fragment = ""

  /// - Throws: `TemplateError` of kind `ValueError`.
  init(_ url: String) throws {
    var clean = String.UnicodeScalarView()
    for scalar in url.unicodeScalars.drop(while: { $0.value <= 0x20 })
    where scalar != "\n" && scalar != "\r" && scalar != "\t" {
      clean.append(scalar)
    }
    var rest = Substring(String(clean))
    if let colon = rest.firstIndex(of: ":"), colon > rest.startIndex,
      let first = rest.first, first.isASCII, first.isLetter,
      rest[..<colon].allSatisfy({
        $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0))
      })
    {
      scheme = rest[..<colon].lowercased()
      rest = rest[rest.index(after: colon)...]
    }
    if rest.hasPrefix("//") {
      rest = rest.dropFirst(2)
      let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
      netloc = String(rest[..<end])
      rest = rest[end...]
      guard netloc.contains("[") == netloc.contains("]") else {
        throw TemplateError(.value, "Invalid IPv6 URL")
      }
    }
    if let mark = rest.firstIndex(of: "#") {
      fragment = String(rest[rest.index(after: mark)...])
      rest = rest[..<mark]
    }
    if let mark = rest.firstIndex(of: "?") {
      query = String(rest[rest.index(after: mark)...])
      rest = rest[..<mark]
    }
    path = String(rest)
  }

  /// User and password, nil where the URL has none.
  private var user: (name: String?, password: String?) {
    guard let at = netloc.lastIndex(of: "@") else { return (nil, nil) }
    let info = netloc[..<at]
    guard let colon = info.firstIndex(of: ":") else {
      return (String(info), nil)
    }
    return (
      String(info[..<colon]), String(info[info.index(after: colon)...])
    )
  }

  /// Host and port as written.
  private var host: (name: String?, port: String?) {
    var rest = Substring(netloc)
    if let at = rest.lastIndex(of: "@") {
      rest = rest[rest.index(after: at)...]
    }
    var port: String?
    var name: Substring
    if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
      name = rest[rest.index(after: rest.startIndex)..<end]
      let tail = rest[rest.index(after: end)...]
      if let colon = tail.firstIndex(of: ":") {
        port = String(tail[tail.index(after: colon)...])
      }
    } else if let colon = rest.firstIndex(of: ":") {
      name = rest[..<colon]
      port = String(rest[rest.index(after: colon)...])
    } else {
      name = rest
    }
    // A zone after % keeps its case.
    let zone = name.firstIndex(of: "%") ?? name.endIndex
    let lowered = name[..<zone].lowercased() + name[zone...]
    return (
      lowered.isEmpty ? nil : lowered, port?.isEmpty == true ? nil : port
    )
  }

  /// The parts by name, sorted, as Ansible's `urlsplit` shows them.
  func fields() throws -> [(String, Value)] {
    func optional(_ text: String?) -> Value { text.map { Value($0) } ?? .none }
    var port = Value.none
    if let text = host.port {
      guard let number = Int(text),
        text.utf8.allSatisfy({ $0 < 0x3A && $0 > 0x2F })
      else {
        throw TemplateError(
          .value,
          "Port could not be cast to integer value as "
            + PythonQuote.repr(text))
      }
      guard (0...65535).contains(number) else {
        throw TemplateError(.value, "Port out of range 0-65535")
      }
      port = Value(number)
    }
    return [
      ("fragment", Value(fragment)), ("hostname", optional(host.name)),
      ("netloc", Value(netloc)), ("password", optional(user.password)),
      ("path", Value(path)), ("port", port), ("query", Value(query)),
      ("scheme", Value(scheme)), ("username", optional(user.name)),
    ]
  }
}
