// Edits of a YAML text in place: one entry is set, inserted or removed, and
// every other byte stays, comments, anchors, `!vault` and Jinja included. The
// result is read again, to prove that nothing else changed.

import Jinja

/// Why a text is not edited.
public struct YAMLEditError: Error, Sendable, CustomStringConvertible {
  public var file: String
  /// Counted from 1; 0 where no line is to blame.
  public var line: Int
  public var problem: String

  public var description: String {
    (line > 0 ? "\(file):\(line): " : "\(file): ") + problem
  }
}

/// A YAML text that is edited entry by entry.
public struct YAMLEditor: Sendable {
  /// What an entry is set to.
  public enum Content: Sendable {
    case value(Value)
    /// A vault text, written as `!vault |`.
    case vaulted(String)
  }

  /// The text as it stands now.
  public private(set) var text: String
  public let file: String
  private var bytes: [UInt8]
  private var root: YAMLNode?

  /// Takes a text whose root is a mapping, or that has no content yet.
  ///
  /// - Throws: `YAMLError` where it is not YAML, `YAMLEditError` where its
  ///   root is something else.
  public init(_ text: String, file: String) throws {
    self.file = file
    self.text = text
    bytes = Array(text.utf8)
    root = try YAML.read(bytes, file: file).root
    if let root, root.mapping == nil {
      guard root.scalar?.isEmpty == true else {
        throw failure("the file holds no mapping", at: root)
      }
      self.root = nil
    }
  }

  private func failure(_ problem: String, at node: YAMLNode? = nil)
    -> YAMLEditError
  {
    YAMLEditError(file: file, line: node?.start.line ?? 0, problem: problem)
  }

  private func name(_ path: [String]) -> String {
    path.joined(separator: ".")
  }

  /// The node at a path of keys, nil where there is none.
  public func node(at path: [String]) -> YAMLNode? {
    var node = root
    for key in path { node = node?[key] }
    return node
  }

  // MARK: Edits

  /// Sets the entry at `path`, and inserts it at the end of its mapping where
  /// it is not there.
  ///
  /// - Parameters:
  ///   - path: keys from the root; the mapping that holds the last one exists.
  ///   - content: the new value.
  ///   - comment: lines that stand above an entry that is inserted; an entry
  ///     that is there keeps its own.
  ///   - isSpaced: whether a blank line stands before an inserted entry.
  /// - Throws: `YAMLEditError` where this cannot be done without touching
  ///   anything else.
  public mutating func set(
    _ path: [String], to content: Content, comment: String? = nil,
    isSpaced: Bool = false
  ) throws {
    guard let key = path.last else { throw failure("the path is empty") }
    let parentPath = Array(path.dropLast())
    let parent = node(at: parentPath)
    guard parentPath.isEmpty || parent?.mapping != nil else {
      throw failure(
        "there is no mapping at \(name(parentPath)) to set \(key) in",
        at: parent)
    }
    let edited =
      if let parent, let entry = try entry(key, in: parent, path) {
        try replacing(entry, in: parent, with: content, path)
      } else {
        try inserting(
          key, content, into: parent, comment: comment, isSpaced: isSpaced)
      }
    try accept(edited, path, content)
  }

  /// Removes the entry at `path`, and the comment that ``set`` put above it.
  ///
  /// Other comments stay: they are the file's author's.
  ///
  /// - Parameters:
  ///   - path: The keys that lead to the entry.
  ///   - comments: Texts of which one may stand directly above.
  /// - Throws: `YAMLEditError` where there is no such entry or where it cannot
  ///   be removed without touching anything else.
  public mutating func remove(_ path: [String], comments: [String] = [])
    throws
  {
    guard let key = path.last, let parent = node(at: Array(path.dropLast())),
      let entry = try entry(key, in: parent, path)
    else { throw failure("there is no entry \(name(path))") }
    guard case .mapping(let entries, isFlow: false) = parent.resolved.content
    else {
      throw failure(
        "\(name(path)) stands in a { } mapping: remove it by hand",
        at: entry.key)
    }
    guard path.count == 1 || entries.count > 1 else {
      throw failure(
        "\(name(path)) is the only entry of its mapping: remove the whole",
        at: entry.key)
    }
    try refuseAnchorsInUse(entry.value, path)
    let start = lineStart(entry.key.start.byte)
    guard isBlank(start..<entry.key.start.byte) else {
      throw failure(
        "\(name(path)) does not begin its line: remove it by hand",
        at: entry.key)
    }
    let margin = String(
      repeating: " ", count: entry.key.start.byte - start)
    let end = lineEnd(contentEnd(of: entry))
    var first = start
    for comment in comments {
      let lines = Array(Self.commentLines(comment, margin: margin).utf8)
      guard bytes[..<start].reversed().starts(with: lines.reversed()) else {
        continue
      }
      first = start - lines.count
      break
    }
    // The blank line that kept the comment apart goes with it.
    if 1 < first, first < start, bytes[first - 1] == 0x0A,
      bytes[first - 2] == 0x0A,
      end == bytes.count || bytes[end] == 0x0A
    {
      first -= 1
    }
    try accept(splice(first..<end, []), path, nil)
  }

  // MARK: Places

  private func entry(_ key: String, in parent: YAMLNode, _ path: [String])
    throws -> YAMLEntry?
  {
    let found = (parent.mapping ?? []).filter { $0.key.scalar == key }
    guard found.count < 2 else {
      throw failure(
        "\(name(path)) stands there twice: remove one by hand",
        at: found[1].key)
    }
    return found.first
  }

  /// First byte of the line that holds `byte`.
  private func lineStart(_ byte: Int) -> Int {
    guard let end = bytes[..<byte].lastIndex(of: 0x0A) else { return 0 }
    return end + 1
  }

  /// The byte after the line end that follows `byte`; `byte` itself where a
  /// line begins there.
  private func lineEnd(_ byte: Int) -> Int {
    if byte > 0, bytes[byte - 1] == 0x0A { return byte }
    return bytes[byte...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.count
  }

  private func isBlank(_ range: Range<Int>) -> Bool {
    bytes[range].allSatisfy { $0 == 0x20 || $0 == 0x09 }
  }

  /// The byte after the last one of a node's own text, without what libyaml
  /// counts to a block collection or block scalar after it.
  private func contentEnd(of node: YAMLNode) -> Int {
    switch node.content {
    case .sequence(let items, isFlow: false):
      return items.last.map { max(contentEnd(of: $0), node.start.byte) }
        ?? node.start.byte
    case .mapping(let entries, isFlow: false):
      return entries.last.map { max(contentEnd(of: $0), node.start.byte) }
        ?? node.start.byte
    case .scalar(_, .literal), .scalar(_, .folded):
      var end = node.end.byte
      let header = bytes[node.start.byte...].prefix { $0 != 0x0A }
      guard !header.contains(UInt8(ascii: "+")) else { return end }
      // Blank lines after the content are not part of it.
      while end > 1, bytes[end - 1] == 0x0A {
        let start = lineStart(end - 1)
        guard isBlank(start..<(end - 1)) else { break }
        end = start
      }
      return end
    default: return node.end.byte
    }
  }

  private func contentEnd(of entry: YAMLEntry) -> Int {
    max(contentEnd(of: entry.value), colon(of: entry) + 1)
  }

  /// The byte of the colon after an entry's key.
  private func colon(of entry: YAMLEntry) -> Int {
    bytes[entry.key.end.byte...].firstIndex(of: UInt8(ascii: ":"))
      ?? entry.key.end.byte
  }

  private func splice(_ range: Range<Int>, _ new: some Sequence<UInt8>)
    -> [UInt8]
  {
    Array(bytes[..<range.lowerBound]) + new + bytes[range.upperBound...]
  }

  // MARK: Replacing

  private func replacing(
    _ entry: YAMLEntry, in parent: YAMLNode, with content: Content,
    _ path: [String]
  ) throws -> [UInt8] {
    try refuseAnchorsInUse(entry.value, path)
    if case .mapping(_, isFlow: true) = parent.resolved.content {
      let new = try inline(content, isFlow: true, path, entry.key)
      return splice(
        entry.value.start.byte..<contentEnd(of: entry.value), new.utf8)
    }
    let indent = entry.key.start.column - 1
    let after = colon(of: entry) + 1
    let end = max(contentEnd(of: entry.value), after)
    let endsLine = end > 0 && bytes[end - 1] == 0x0A
    let comment = commentBetween(after, entry.value.start.byte)
    let body = try rendered(content, indent: indent)
    guard body.isBlock else {
      // The line keeps its own comment; only the value changes.
      let head = " " + body.text
      guard let comment else {
        let gap = after..<end
        return splice(gap, (head + (endsLine ? "\n" : "")).utf8)
      }
      let rest = " " + String(decoding: bytes[comment], as: UTF8.self)
      return splice(after..<end, (head + rest + (endsLine ? "\n" : "")).utf8)
    }
    let tail = bytes[end...].prefix { $0 != 0x0A }
    let kept =
      comment.map { String(decoding: bytes[$0], as: UTF8.self) }
      ?? (endsLine ? "" : String(decoding: tail, as: UTF8.self))
      .withoutBlanks
    let head = body.head.isEmpty ? "" : " " + body.head
    let note = kept.isEmpty ? "" : " " + kept
    let stop = endsLine || comment != nil ? end : end + tail.count
    let isLast = stop > 0 && bytes[stop - 1] == 0x0A
    return splice(
      after..<stop,
      (head + note + "\n" + body.text + (isLast ? "\n" : "")).utf8)
  }

  /// The comment between a colon and a value on a later line.
  private func commentBetween(_ from: Int, _ to: Int) -> Range<Int>? {
    guard from < to, bytes[from..<to].contains(0x0A),
      let mark = bytes[from..<to].firstIndex(of: UInt8(ascii: "#"))
    else { return nil }
    let end = bytes[mark...].firstIndex(of: 0x0A) ?? to
    guard end < to else { return nil }
    return mark..<end
  }

  private func refuseAnchorsInUse(_ node: YAMLNode, _ path: [String]) throws {
    if case .alias = node.content { return }
    var anchors: Set<String> = []
    Self.visit(node) { if let anchor = $0.anchor { anchors.insert(anchor) } }
    guard !anchors.isEmpty, let root else { return }
    var used: YAMLNode?
    Self.visit(root) { other in
      if case .alias(let name, _) = other.content, anchors.contains(name),
        other.start.byte < node.start.byte || other.start.byte > node.end.byte
      {
        used = used ?? other
      }
    }
    if let used {
      throw failure(
        "\(name(path)) has an anchor that line \(used.start.line) refers to: "
          + "edit it by hand", at: node)
    }
  }

  private static func visit(_ node: YAMLNode, _ body: (YAMLNode) -> Void) {
    body(node)
    switch node.content {
    case .sequence(let items, _): for item in items { visit(item, body) }
    case .mapping(let entries, _):
      for entry in entries {
        visit(entry.key, body)
        visit(entry.value, body)
      }
    case .scalar, .alias: break
    }
  }

  // MARK: Inserting

  private func inserting(
    _ key: String, _ content: Content, into parent: YAMLNode?,
    comment: String?, isSpaced: Bool
  ) throws -> [UInt8] {
    let keyText = try YAMLEditor.inlineEmitter(isFlow: false)
      .string(of: Value(key)).scalarLine
    guard let parent, let entries = parent.mapping, let last = entries.last
    else {
      let empty = parent.map { $0.start.byte..<$0.end.byte }
      let start = empty?.lowerBound ?? bytes.count
      guard parent == nil || isBlank(lineStart(start)..<start) else {
        throw failure(
          "the mapping is empty and not on a line of its own: edit it by hand",
          at: parent)
      }
      let lines = try entryLines(
        keyText, content, indent: 0, comment: comment)
      var head = ""
      if empty == nil, let final = bytes.last, final != 0x0A { head = "\n" }
      if isSpaced, !bytes.isEmpty, empty == nil { head += "\n" }
      return splice(empty ?? start..<start, (head + lines).utf8)
    }
    if case .mapping(_, isFlow: true) = parent.resolved.content {
      let new = try inline(content, isFlow: true, [key], last.key)
      let place = contentEnd(of: last.value)
      return splice(place..<place, ", \(keyText): \(new)".utf8)
    }
    let indent = last.key.start.column - 1
    let place = lineEnd(contentEnd(of: last))
    var head = ""
    if place > 0, bytes[place - 1] != 0x0A { head = "\n" }
    if isSpaced { head += "\n" }
    let lines = try entryLines(
      keyText, content, indent: indent, comment: comment)
    return splice(place..<place, (head + lines).utf8)
  }

  private func entryLines(
    _ key: String, _ content: Content, indent: Int, comment: String?
  ) throws -> String {
    let margin = String(repeating: " ", count: indent)
    var lines = ""
    if let comment {
      lines += Self.commentLines(comment, margin: margin)
    }
    let body = try rendered(content, indent: indent)
    lines += margin + key + ":"
    if body.isBlock {
      lines += (body.head.isEmpty ? "" : " " + body.head) + "\n" + body.text
    } else {
      lines += " " + body.text
    }
    return lines + "\n"
  }

  /// A text as comment lines; control characters cannot break out of it.
  static func commentLines(_ text: String, margin: String = "") -> String {
    text.split(omittingEmptySubsequences: false) { $0.isNewline }
      .map { line in
        let clean = String(
          line.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }
            .map(Character.init))
        return margin + (clean.isEmpty ? "#" : "# " + clean) + "\n"
      }.joined()
  }

  // MARK: Text of values

  private static func inlineEmitter(isFlow: Bool) -> YAMLEmitter {
    var emitter = YAMLEmitter()
    emitter.width = -1
    emitter.flow = isFlow
    emitter.sortsKeys = false
    return emitter
  }

  /// A value's text: on the entry's line, or a block below it with what stands
  /// on the entry's line before it.
  private struct Body {
    var head = ""
    var text: String
    var isBlock: Bool
  }

  private func rendered(_ content: Content, indent: Int) throws -> Body {
    let margin = String(repeating: " ", count: indent + 2)
    switch content {
    case .vaulted(let text):
      let lines = text.split(separator: "\n").map { margin + $0.withoutBlanks }
      return Body(
        head: "!vault |", text: lines.joined(separator: "\n"), isBlock: true)
    case .value(let value):
      var emitter = Self.inlineEmitter(isFlow: false)
      let isEmpty =
        try value.sequence().map(\.isEmpty) ?? value.dictionary?.isEmpty
      if isEmpty == nil {
        let text = try emitter.string(of: value).scalarLine
        guard text.contains("\n") else {
          return Body(text: text, isBlock: false)
        }
        return try literal(value.text ?? "", margin: margin)
      }
      if isEmpty == true {
        emitter.flow = true
        return Body(
          text: try emitter.string(of: value).withoutBlanks, isBlock: false)
      }
      emitter.usesLiterals = true
      let lines = try emitter.string(of: value)
        .split(separator: "\n", omittingEmptySubsequences: false)
        .map { $0.isEmpty ? "" : margin + $0 }
      return Body(
        text: lines.joined(separator: "\n").withoutFinalNewline, isBlock: true)
    }
  }

  /// A string of several lines: a literal block where one can hold it.
  private func literal(_ text: String, margin: String) throws -> Body {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let isHeld =
      !text.hasSuffix("\n\n")
      && !(text.first?.isWhitespace ?? true)
      && lines.allSatisfy { $0.last != " " && $0.last != "\t" }
      && text.unicodeScalars.allSatisfy {
        $0 == "\n" || $0 == "\t" || ($0.value >= 0x20 && $0.value < 0x7F)
          || ($0.value >= 0xA0 && $0.value != 0x2028 && $0.value != 0x2029
            && $0.value != 0xFEFF)
      }
    guard isHeld else {
      var emitter = Self.inlineEmitter(isFlow: false)
      emitter.scalarStyle = "\""
      return Body(
        text: try emitter.string(of: Value(text)).scalarLine, isBlock: false)
    }
    let isClipped = text.hasSuffix("\n")
    let body = (isClipped ? lines.dropLast() : lines[...])
      .map { $0.isEmpty ? "" : margin + $0 }
    return Body(
      head: isClipped ? "|" : "|-", text: body.joined(separator: "\n"),
      isBlock: true)
  }

  private func inline(
    _ content: Content, isFlow: Bool, _ path: [String], _ place: YAMLNode
  ) throws -> String {
    guard case .value(let value) = content else {
      throw failure(
        "\(name(path)) stands in a { } mapping, which cannot hold a vault "
          + "text: edit it by hand", at: place)
    }
    var emitter = Self.inlineEmitter(isFlow: true)
    // A list of one member is written as it would stand in a flow mapping.
    emitter.flow = true
    let text = try emitter.string(of: Value([value])).withoutBlanks
    guard !text.contains("\n") else {
      throw failure(
        "\(name(path)) stands in a { } mapping, which cannot hold several "
          + "lines: edit it by hand", at: place)
    }
    return String(text.dropFirst().dropLast())
  }

  // MARK: Proof

  /// Takes the edited text where it says what was asked and nothing else.
  private mutating func accept(
    _ edited: [UInt8], _ path: [String], _ content: Content?
  ) throws {
    let refused = failure(
      "\(name(path)) cannot be edited without touching other entries: "
        + "edit the file by hand")
    guard let tree = try? YAML.read(edited, file: file).root ?? nil else {
      guard content == nil, path.count == 1,
        (try? YAML.read(edited, file: file)) != nil
      else { throw refused }
      return take(edited, nil)
    }
    guard
      Self.signature(root, without: path) == Self.signature(tree, without: path)
    else { throw refused }
    var node: YAMLNode? = tree
    for key in path { node = node?[key] }
    switch content {
    case nil: guard node == nil else { throw refused }
    case .vaulted(let text):
      guard node?.tag == "!vault",
        node?.scalar?.split(separator: "\n").map(\.withoutBlanks)
          == text.split(separator: "\n").map(\.withoutBlanks)
      else { throw refused }
    case .value(let value):
      guard let node else { throw refused }
      var constructor = YAMLConstructor()
      let read = try constructor.value(of: node, file: file)
      guard try read.repr() == value.repr() else { throw refused }
    }
    take(edited, tree)
  }

  private mutating func take(_ edited: [UInt8], _ tree: YAMLNode?) {
    bytes = edited
    text = String(decoding: edited, as: UTF8.self)
    root = tree
  }

  /// Everything a tree says apart from the entry at `path`.
  private static func signature(_ node: YAMLNode?, without path: [String])
    -> [String]
  {
    var parts: [String] = []
    guard let node else { return parts }
    write(node, path[...], into: &parts)
    return parts
  }

  private static func write(
    _ node: YAMLNode, _ path: ArraySlice<String>?, into parts: inout [String]
  ) {
    let properties = "\(node.tag ?? "") &\(node.anchor ?? "")"
    switch node.content {
    case .alias(let name, _): parts.append("*\(name)")
    case .scalar(let text, let style):
      parts.append("\(properties) \(style == .plain) \(text)")
    case .sequence(let items, _):
      parts.append("\(properties) [")
      for item in items { write(item, nil, into: &parts) }
      parts.append("]")
    case .mapping(let entries, _):
      var inside: [String] = []
      for entry in entries {
        let isNext = path != nil && entry.key.scalar == path?.first
        if isNext, path?.count == 1 { continue }
        write(entry.key, nil, into: &inside)
        write(entry.value, isNext ? path?.dropFirst() : nil, into: &inside)
      }
      // The mapping that holds the entry may have been empty before.
      if path?.count == 1, inside.isEmpty { return }
      parts += ["\(properties) {"] + inside + ["}"]
    }
  }
}

extension StringProtocol {
  /// Without blanks and line ends at both ends.
  fileprivate var withoutBlanks: String {
    var rest = Substring(self)
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return String(rest.drop { $0.isWhitespace })
  }

  /// A scalar's text as the emitter wrote it, without the line end and the
  /// document end that follow it.
  fileprivate var scalarLine: String {
    var text = String(self)
    if text.hasSuffix("\n...\n") { text.removeLast(5) }
    if text.hasSuffix("\n") { text.removeLast() }
    return text
  }

  fileprivate var withoutFinalNewline: String {
    hasSuffix("\n") ? String(dropLast()) : String(self)
  }
}
