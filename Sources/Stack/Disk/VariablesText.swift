// Edits a file of variables as text, so that everything the operator wrote
// around a value stays: comments, order, anchors, vault texts.

import Ansible
import Kubernetes

/// The text of a file of variables, edited variable by variable.
///
/// After every edit the text is read again: an edit that would change anything
/// but the variable meant is refused.
struct VariablesText {
  private(set) var bytes: [UInt8]
  private let file: String
  private var entries: [YAMLEntry]

  /// Reads a text.
  ///
  /// Throws a ``StackProblem`` where it is no YAML mapping in block style.
  init(_ bytes: [UInt8], file: String) throws(StackProblem) {
    self.bytes = bytes
    self.file = file
    entries = try Self.entries(bytes, file: file)
  }

  /// Whether the file sets a variable.
  func has(_ name: String) -> Bool { entry(name) != nil }

  /// Sets a variable: in its place, or at the end under a comment.
  mutating func set(
    _ name: String, to value: JSON, comment: String = ""
  ) throws(StackProblem) {
    guard let entry = entry(name) else {
      return try append(name, value, comment: comment)
    }
    let region: Range<Int>
    let text: String
    let isPlainScalar = entry.value.scalar != nil && !isBlock(entry.value)
    if let scalar = YAMLText.scalar(value), isPlainScalar {
      // What stands behind the value on its line stays.
      region = entry.value.start.byte..<entry.value.end.byte
      text = region.isEmpty ? " " + scalar : scalar
    } else {
      region = entry.key.start.byte..<end(of: entry)
      text = YAMLText.entry(name, value).joined(separator: "\n")
    }
    try splice(region, text, changing: name, to: value)
  }

  /// Takes a variable out, with the comment directly above it.
  mutating func remove(_ name: String) throws(StackProblem) {
    guard let entry = entry(name) else { return }
    var start = lineStart(entry.key.start.byte)
    while start > 0 {
      let above = lineStart(start - 1)
      guard bytes[above] == UInt8(ascii: "#") else { break }
      start = above
    }
    var end = end(of: entry)
    // The rest of the line is a comment on the value.
    while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
    if end < bytes.count { end += 1 }
    // One of the two blank lines around it goes too.
    if start >= 2, bytes[start - 1] == UInt8(ascii: "\n"),
      bytes[start - 2] == UInt8(ascii: "\n"),
      end == bytes.count || bytes[end] == UInt8(ascii: "\n")
    {
      start -= 1
    }
    try splice(start..<end, "", changing: name, to: nil)
  }

  private mutating func append(
    _ name: String, _ value: JSON, comment: String
  ) throws(StackProblem) {
    var text = ""
    if !bytes.isEmpty {
      if bytes.last != UInt8(ascii: "\n") { text += "\n" }
      text += "\n"
    }
    for line in Self.wrapped(comment, width: 76) { text += "# \(line)\n" }
    text += YAMLText.entry(name, value).joined(separator: "\n") + "\n"
    try splice(
      bytes.count..<bytes.count, text, changing: name, to: value)
  }

  private mutating func splice(
    _ region: Range<Int>, _ text: String, changing name: String,
    to value: JSON?
  ) throws(StackProblem) {
    var edited = bytes
    edited.replaceSubrange(region, with: Array(text.utf8))
    let refused = StackProblem(
      .syntax, "\(name) cannot be changed without touching what is around it",
      at: SourceLocation(file: file, line: entry(name)?.key.start.line),
      remedy: "edit the file by hand", parameter: name)
    guard let after = try? Self.entries(edited, file: file),
      let old = try? Self.values(bytes, file: file),
      let new = try? Self.values(edited, file: file),
      new[name] == value,
      old.filter({ $0.key != name }) == new.filter({ $0.key != name })
    else { throw refused }
    bytes = edited
    entries = after
  }

  // MARK: Places

  private func entry(_ name: String) -> YAMLEntry? {
    entries.last { $0.key.scalar == name }
  }

  private func isBlock(_ node: YAMLNode) -> Bool {
    node.style == .literal || node.style == .folded
  }

  /// Where an entry ends: before the comments and blank lines that follow it.
  private func end(of entry: YAMLEntry) -> Int {
    var end = max(entry.value.end.byte, entry.key.end.byte)
    if entry.value.scalar != nil, !isBlock(entry.value) { return end }
    let start = entry.value.start.byte
    let depth = entry.key.start.column
    while end > start {
      let line = lineStart(end - 1)
      let content = bytes[line..<end].drop {
        $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n")
          || $0 == UInt8(ascii: "\r")
      }
      let isComment =
        content.first == UInt8(ascii: "#") && content.startIndex - line < depth
      guard content.isEmpty || isComment, line > start else { break }
      end = line
    }
    while end > start, bytes[end - 1] == UInt8(ascii: "\n") { end -= 1 }
    return end
  }

  private func lineStart(_ place: Int) -> Int {
    var start = place
    while start > 0, bytes[start - 1] != UInt8(ascii: "\n") { start -= 1 }
    return start
  }

  // MARK: Reading

  private static func entries(
    _ bytes: [UInt8], file: String
  ) throws(StackProblem) -> [YAMLEntry] {
    if Vault.isEncrypted(bytes) {
      throw StackProblem(
        .secret, "the file is encrypted with Ansible Vault",
        at: SourceLocation(file: file),
        remedy: "change it with `ansible-vault edit \(file)`")
    }
    do {
      guard let root = try YAML.read(bytes, file: file).root else { return [] }
      if let entries = root.mapping { return entries }
      if root.scalar?.isEmpty == true { return [] }
      throw StackProblem(
        .syntax, "the file does not hold variables",
        at: SourceLocation(file: file, line: root.start.line),
        remedy: "write it as `name: value` lines")
    } catch let error as YAMLError {
      throw StackProblem(error)
    } catch let problem as StackProblem {
      throw problem
    } catch {
      throw StackProblem(.syntax, "\(error)", at: SourceLocation(file: file))
    }
  }

  /// The variables; a vault text stands for itself.
  private static func values(
    _ bytes: [UInt8], file: String
  ) throws -> [String: JSON] {
    let document = try YAML.read(bytes, file: file)
    var values: [String: JSON] = [:]
    for entry in document.root?.mapping ?? [] {
      guard let name = entry.key.scalar else { continue }
      var constructor = YAMLConstructor()
      values[name] =
        entry.value.tag?.hasPrefix("!") == true
        ? .string(entry.value.scalar ?? "")
        : YAMLValues.json(try constructor.value(of: entry.value, file: file))
    }
    return values
  }

  private static func wrapped(_ text: String, width: Int) -> [String] {
    text.split(separator: "\n").flatMap { paragraph in
      var lines: [String] = []
      var line = ""
      for word in paragraph.split(separator: " ") {
        if !line.isEmpty, line.count + 1 + word.count > width {
          lines.append(line)
          line = ""
        }
        line += line.isEmpty ? String(word) : " " + word
      }
      return line.isEmpty ? lines : lines + [line]
    }
  }
}
