// Filters for HTML and URLs.

extension BuiltinFilters {
  static let markup: [Function] = [
    Function("escape", ["s"], handlesMarks: true) { _, call in
      try Escaping.escaped(call[0])
    },
    Function("forceescape", ["value"], handlesMarks: true) { _, call in
      let text = try call[0].string()
      return try Escaping.escaped(
        Value(.string(text.text ?? ""), text.annotation))
    },
    Function("safe", ["value"], handlesMarks: true) { _, call in
      let text = try call[0].string()
      return Value(.markup(text.text ?? ""), text.annotation)
    },
    Function("striptags", ["value"]) { _, call in
      Value(Tags.stripped(try call[0].str()))
    },
    Function("urlencode", ["value"], handlesMarks: true) { _, call in
      try URLQuoting.encoded(call[0])
    },
    Function(
      "urlize",
      [
        "value", .init("trim_url_limit", Value.none), .init("nofollow", false),
        .init("target", Value.none), .init("rel", Value.none),
        .init("extra_schemes", Value.none),
      ]
    ) { context, call in
      var rel: Set<String> = []
      if try call[4].truth() {
        guard let text = call[4].text else {
          throw TemplateError(
            .attribute,
            "'\(call[4].typeName)' object has no attribute 'split'")
        }
        rel = Set(text.split(separator: " ").map(String.init))
      }
      if try call[2].truth() { rel.insert("nofollow") }
      rel.insert("noopener")
      var schemes: [String]?
      if !call[5].isNone {
        schemes = try call[5].members().map { scheme in
          if let text = scheme.text { return text }
          throw TemplateError(
            .type,
            "expected string or bytes-like object, got '\(scheme.typeName)'")
        }
        for scheme in schemes ?? [] where !Urlize.isScheme(scheme) {
          throw TemplateError(
            .filterArgument,
            "\(Quoted.repr(scheme)) is not a valid URI scheme prefix.")
        }
      }
      let escaped = try Escaping.escaped(call[0]).text ?? ""
      let result = try Urlize.linked(
        escaped, limit: call[1],
        rel: rel.sorted().joined(separator: " "),
        target: call[3].isNone ? nil : try call[3].str(),
        schemes: schemes ?? [])
      return context.escapes ? .markup(result) : Value(result)
    },
    Function("xmlattr", ["d", .init("autospace", true)]) { context, call in
      guard let dictionary = call[0].dictionary else {
        if case .undefined(let undefined) = call[0].payload {
          throw undefined.error
        }
        throw TemplateError(
          .attribute, "'\(call[0].typeName)' object has no attribute 'items'")
      }
      var parts: [String] = []
      for (key, value) in try dictionary.entries() {
        if value.isNone || value.isUndefined { continue }
        guard let name = key.text else {
          throw TemplateError(
            .type, "expected string or bytes-like object, got '\(key.typeName)'"
          )
        }
        if name.utf8.contains(where: {
          $0 == 0x20 || (0x09...0x0D).contains($0)
            || [0x2F, 0x3E, 0x3D].contains($0)
        }) {
          throw TemplateError(
            .value,
            "Invalid character in attribute name: \(Quoted.repr(name))")
        }
        let shown = try Escaping.escaped(key).text ?? ""
        parts.append(
          "\(shown)=\"\(try Escaping.escaped(value).text ?? "")\"")
      }
      var result = parts.joined(separator: " ")
      if try call[1].truth(), !result.isEmpty { result = " " + result }
      return context.escapes ? .markup(result) : Value(result)
    },
  ]
}

/// Taking HTML apart.
enum Tags {
  /// The text without tags and comments, blanks made single and entities
  /// replaced.
  static func stripped(_ text: String) -> String {
    var bytes = Array(text.utf8)
    remove(from: &bytes, start: Array("<!--".utf8), end: Array("-->".utf8))
    remove(from: &bytes, start: [0x3C], end: [0x3E])
    let plain = String(decoding: bytes, as: UTF8.self)
    let words = plain.unicodeScalars.split(whereSeparator: Whitespace.contains)
      .map { String($0) }
    return unescaped(words.joined(separator: " "))
  }

  private static func remove(
    from bytes: inout [UInt8], start: [UInt8], end: [UInt8]
  ) {
    var result: [UInt8] = []
    var at = 0
    func find(_ mark: [UInt8], _ from: Int) -> Int? {
      bytes.withUnsafeBufferPointer { all in
        mark.withUnsafeBufferPointer {
          PythonText.find($0, in: all, from: from)
        }
      }
    }
    while let open = find(start, at), let close = find(end, open) {
      result += bytes[at..<open]
      at = close + end.count
    }
    result += bytes[at...]
    bytes = result
  }

  /// The text with entities replaced by what they stand for.
  static func unescaped(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
    let names: [String: String] = [
      "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'",
      "nbsp": "\u{A0}", "copy": "©", "reg": "®", "trade": "™", "hellip": "…",
      "ndash": "–", "mdash": "—", "laquo": "«", "raquo": "»", "lsquo": "‘",
      "rsquo": "’", "ldquo": "“", "rdquo": "”", "bull": "•", "middot": "·",
      "euro": "€", "pound": "£", "yen": "¥", "cent": "¢", "sect": "§",
      "deg": "°", "plusmn": "±", "times": "×", "divide": "÷", "para": "¶",
      "auml": "ä", "ouml": "ö", "uuml": "ü", "Auml": "Ä", "Ouml": "Ö",
      "Uuml": "Ü", "szlig": "ß", "eacute": "é", "egrave": "è", "agrave": "à",
      "ccedil": "ç", "ntilde": "ñ", "larr": "←", "uarr": "↑", "rarr": "→",
      "darr": "↓", "infin": "∞", "ne": "≠", "le": "≤", "ge": "≥",
    ]
    var result = ""
    var rest = Substring(text)
    while let mark = rest.firstIndex(of: "&") {
      result += rest[..<mark]
      rest = rest[rest.index(after: mark)...]
      // No name is longer.
      guard let end = rest.prefix(33).firstIndex(of: ";") else {
        result += "&"
        continue
      }
      let name = String(rest[..<end])
      var found = names[name]
      if name.hasPrefix("#x") || name.hasPrefix("#X") {
        found = UInt32(name.dropFirst(2), radix: 16).flatMap(character)
      } else if name.hasPrefix("#") {
        found = UInt32(name.dropFirst()).flatMap(character)
      }
      if let found {
        result += found
        rest = rest[rest.index(after: end)...]
      } else {
        result += "&"
      }
    }
    return result + rest
  }

  private static func character(_ code: UInt32) -> String? {
    if code == 0 || code > 0x10FFFF { return "\u{FFFD}" }
    return Unicode.Scalar(code).map { String($0) } ?? "\u{FFFD}"
  }
}

/// Percent encoding.
enum URLQuoting {
  /// Jinja2's `urlencode`: a text, or the pairs of a query.
  static func encoded(_ value: Value) throws -> Value {
    if case .undefined(let undefined) = value.payload {
      try undefined.requireDefault()
      return ""
    }
    if value.isString || !value.isIterable {
      return quoted(try value.string(), forQuery: false)
    }
    let pairs: [Value]
    if let dictionary = value.dictionary {
      pairs = try dictionary.entries().map { .tuple([$0.key, $0.value]) }
    } else {
      pairs = try value.members()
    }
    var builder = TextBuilder()
    for (place, pair) in pairs.enumerated() {
      let parts = try pair.members()
      guard parts.count == 2 else {
        throw TemplateError(
          .value,
          parts.count < 2
            ? "not enough values to unpack (expected 2, got \(parts.count))"
            : "too many values to unpack (expected 2)")
      }
      if place > 0 { builder.append("&") }
      try builder.append(quoted(try parts[0].string(), forQuery: true))
      builder.append("=")
      try builder.append(quoted(try parts[1].string(), forQuery: true))
    }
    return builder.value
  }

  private static let hex = Array("0123456789ABCDEF".utf8)

  private static func quoted(_ value: Value, forQuery: Bool) -> Value {
    Rewriting.bytes(of: value, value.text ?? "") { byte, out in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"),
        UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "~"):
        out.append(byte: byte)
      case UInt8(ascii: "/") where !forQuery: out.append(byte: byte)
      case UInt8(ascii: " ") where forQuery: out.append("+")
      default:
        out.append("%")
        out.append(byte: hex[Int(byte >> 4)])
        out.append(byte: hex[Int(byte & 15)])
      }
    }
  }
}
