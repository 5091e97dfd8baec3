// Filters that turn texts into other writings of the same: base 64, digests,
// quotes, URLs.

import Jinja

enum EncodingFilters {
  static let all: [Function] = [
    base64Encode, base64Decode, hash, digest("md5", .md5),
    digest("sha1", .sha1), digest("checksum", .sha1), toUUID, quote, urldecode,
    urlsplit,
  ]

  private static let base64Encode = Plugin.make(
    "b64encode",
    ["string", Parameter("encoding", "utf-8"), Parameter("urlsafe", false)],
    handlesMarks: true
  ) { _, arguments in
    let string = try arguments[0].string()
    let bytes = try TextEncoding.bytes(
      of: string.text ?? "", try arguments[1].str())
    let text = Value(
      String(
        decoding: Base64.encoded(bytes, isURLSafe: try arguments[2].isOn),
        as: UTF8.self))
    guard !string.marks.isEmpty else { return text }
    guard bytes.count == string.text?.utf8.count else {
      return text.marked(string.marks)
    }
    let count = text.text?.utf8.count ?? 0
    return text.marked(
      MarkedText.spans(string) { range in
        range.lowerBound / 3 * 4..<min((range.upperBound + 2) / 3 * 4, count)
      })
  }

  private static let base64Decode = Plugin.make(
    "b64decode",
    ["string", Parameter("encoding", "utf-8"), Parameter("urlsafe", false)],
    handlesMarks: true
  ) { _, arguments in
    let string = try arguments[0].string()
    guard !string.marks.contains(.unknown) else { throw UnknownValue() }
    let text = string.text ?? ""
    guard
      let bytes = Base64.decoded(
        Array(text.utf8), isURLSafe: try arguments[2].isOn)
    else { throw TemplateError(.value, "Incorrect padding") }
    let decoded = try TextEncoding.text(of: bytes, try arguments[1].str())
    // A decoded text never has fewer marks than its digits.
    return Value(decoded).marked(string.marks)
  }

  private static let hash = Plugin.make(
    "hash", ["data", Parameter("hashtype", "sha1")]
  ) { _, arguments in
    let name = try arguments[1].str()
    guard let function = Digest.Function(rawValue: name.lowercased()) else {
      throw TemplateError.plugin("unsupported hash type \(name)")
    }
    return Value(Digest.hex(try bytes(of: arguments[0]), function))
  }

  private static func digest(
    _ name: String, _ function: Digest.Function
  ) -> Function {
    Plugin.make(name, ["data"]) { _, arguments in
      Value(Digest.hex(try bytes(of: arguments[0]), function))
    }
  }

  private static func bytes(of value: Value) throws -> [UInt8] {
    if case .object(let object) = value.payload,
      let bytes = object as? PythonBytes
    {
      return bytes.bytes
    }
    return Array(try value.str().utf8)
  }

  /// The namespace of Ansible's own identifiers.
  private static let ansibleNamespace = "361E6D51-FAEC-444A-9079-341386DA8E2E"

  private static let toUUID = Plugin.make(
    "to_uuid", ["string", Parameter("namespace", Value(ansibleNamespace))]
  ) { _, arguments in
    let namespace = try arguments[1].str()
    let digits = namespace.filter { $0.isHexDigit }
    let odd = namespace.replacing("urn:", with: "").replacing("uuid:", with: "")
      .filter { !$0.isHexDigit && $0 != "-" && $0 != "{" && $0 != "}" }
    guard digits.count == 32, odd.isEmpty else {
      throw TemplateError.plugin(
        "Invalid value '\(namespace)' for 'namespace': "
          + "badly formed hexadecimal UUID string")
    }
    var bytes: [UInt8] = []
    var rest = digits[...]
    while let byte = UInt8(rest.prefix(2), radix: 16) {
      bytes.append(byte)
      rest = rest.dropFirst(2)
    }
    let text = Digest.hex(
      bytes + Array(try arguments[0].str().utf8), .sha1)
    var id = Array(text.utf8.prefix(32))
    id[12] = UInt8(ascii: "5")
    // The two top bits of the variant are 10.
    let variant = Int(String(UnicodeScalar(id[16])), radix: 16) ?? 0
    id[16] = Array(String(variant & 3 | 8, radix: 16).utf8)[0]
    let made = String(decoding: id, as: UTF8.self)
    return Value(
      [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)].map { part in
        String(made.dropFirst(part.0).prefix(part.1 - part.0))
      }.joined(separator: "-"))
  }

  private static let quote = Plugin.make(
    "quote", ["a"], handlesMarks: true
  ) { _, arguments in
    let value = arguments[0].isNone ? Value("") : try arguments[0].string()
    return try ShellQuote.quoted(value)
  }

  private static let urldecode = Plugin.make(
    "urldecode", ["string", Parameter("encoding", "utf-8")]
  ) { _, arguments in
    let text = try arguments[0].requireText(
      "argument of type '\(arguments[0].typeName)' is not iterable")
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "+") {
        bytes.append(0x20)
      } else if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(
          String(decoding: rest.prefix(2), as: UTF8.self), radix: 16),
        !rest.prefix(2).contains(UInt8(ascii: "+"))
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return Value(String(decoding: bytes, as: UTF8.self))
  }

  private static let urlsplit = Plugin.make(
    "urlsplit",
    ["value", Parameter("query", ""), Parameter("alias", "urlsplit")]
  ) { _, arguments in
    let parts = try URLParts(try arguments[0].str()).fields()
    let query = try arguments[1].str()
    guard !query.isEmpty else { return .dictionary(parts) }
    guard let part = parts.first(where: { $0.0 == query }) else {
      throw TemplateError(
        .value,
        "\(try arguments[2].str()): unknown URL component: \(query)")
    }
    return part.1
  }
}

/// A word of a shell command line.
enum ShellQuote {
  private static func isSafe(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: Array("_@%+=:,./-".utf8).contains(byte)
    }
  }

  /// Python's `shlex.quote` with marks kept.
  static func quoted(_ value: Value) throws -> Value {
    let text = value.text ?? ""
    if text.isEmpty { return Value("''") }
    if text.utf8.allSatisfy(isSafe) { return value }
    return try MarkedText.mapping(value, prefix: "'", suffix: "'") {
      $0 == "'" ? "'\"'\"'" : String(Character($0))
    }
  }
}
