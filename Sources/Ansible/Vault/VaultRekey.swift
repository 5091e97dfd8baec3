// A new password for what is encrypted already: whole files, and the `!vault`
// values of a YAML text, of which everything else stays as it is.

extension Vault {
  /// A text with all that is encrypted in it under another secret.
  ///
  /// - Parameters:
  ///   - text: a whole vault file, or YAML with `!vault` values.
  ///   - secret: the new password and its id.
  ///   - file: the name that messages show.
  /// - Returns: the text; one that holds nothing encrypted comes back as it is.
  /// - Throws: `VaultError` where something cannot be opened, `YAMLError`
  ///   where the text is not YAML; nothing is changed then.
  public func rekeyed(
    _ text: [UInt8], to secret: VaultSecret, file: String
  ) throws -> [UInt8] {
    if Self.isEncrypted(text) {
      return try Self.encrypt(try decrypt(text), with: secret)
    }
    guard let root = try YAML.read(text, file: file).root else { return text }
    var values: [YAMLNode] = []
    Self.collect(root, into: &values)
    var result = text
    // From the last to the first, so that places before stay right.
    for node in values.sorted(by: { $0.start > $1.start }) {
      guard let ciphertext = node.scalar else { continue }
      guard node.style == .literal || node.style == .folded else {
        throw YAMLError(
          file: file, line: node.start.line, column: node.start.column,
          problem: "this !vault value is not written as a block: rekey it by "
            + "hand", text: text)
      }
      let fresh = try Self.encrypt(
        try decrypt(Array(ciphertext.utf8)), with: secret)
      let range = Self.content(of: node, in: result)
      let margin = result[range].prefix { $0 == 0x20 }
      var lines: [UInt8] = []
      for line in fresh.split(separator: 0x0A) {
        lines += margin + line + [0x0A]
      }
      if result[range].last != 0x0A { lines.removeLast() }
      result.replaceSubrange(range, with: lines)
    }
    return result
  }

  private static func collect(_ node: YAMLNode, into values: inout [YAMLNode]) {
    switch node.content {
    case .alias: return
    case .scalar:
      if node.tag == "!vault" || node.tag == "!vault-encrypted" {
        values.append(node)
      }
    case .sequence(let items, _):
      for item in items { collect(item, into: &values) }
    case .mapping(let entries, _):
      for entry in entries {
        collect(entry.key, into: &values)
        collect(entry.value, into: &values)
      }
    }
  }

  /// The lines of a block scalar, without blank lines after them.
  private static func content(of node: YAMLNode, in text: [UInt8])
    -> Range<Int>
  {
    let start =
      text[node.start.byte...].firstIndex(of: 0x0A).map { $0 + 1 }
      ?? text.count
    var end = max(start, min(node.end.byte, text.count))
    while end > start + 1, text[end - 1] == 0x0A, text[end - 2] == 0x0A {
      end -= 1
    }
    return start..<end
  }
}
