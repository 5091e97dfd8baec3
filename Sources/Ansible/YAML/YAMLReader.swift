// libyaml's events made into trees. The text is a stranger's: depth and the
// size that aliases unfold to are limited.

import CAnsible

/// What a text may ask of us.
public struct YAMLLimits: Sendable {
  /// Collections inside collections.
  public var depth = 200
  /// Nodes of a document with all aliases followed.
  public var nodes = 2_000_000

  /// The defaults, far above any file made by hand.
  public init() {}
}

/// Reads YAML texts.
public enum YAML {
  /// Reads a text that holds at most one document.
  ///
  /// - Parameters:
  ///   - bytes: UTF-8, with or without a byte order mark.
  ///   - file: the name that messages show.
  ///   - limits: what the text may ask of us.
  /// - Returns: the document, without a root where the text is empty.
  /// - Throws: `YAMLError` where the text is not YAML, holds a second
  ///   document, or passes a limit.
  public static func read(
    _ bytes: [UInt8], file: String, limits: YAMLLimits = YAMLLimits()
  ) throws(YAMLError) -> YAMLDocument {
    var reader = try YAMLReader(bytes: bytes, file: file, limits: limits)
    let first = try reader.nextDocument()
    if let extra = reader.startOfNextDocument() {
      throw reader.failure(
        "a second document begins here, but a single one is expected",
        at: extra)
    }
    try reader.checkEnd()
    return YAMLDocument(file: file, root: first, text: bytes)
  }

  /// Reads a text that holds at most one document.
  public static func read(
    _ text: String, file: String, limits: YAMLLimits = YAMLLimits()
  ) throws(YAMLError) -> YAMLDocument {
    try read(Array(text.utf8), file: file, limits: limits)
  }

  /// Reads every document of a text, in order.
  public static func readAll(
    _ bytes: [UInt8], file: String, limits: YAMLLimits = YAMLLimits()
  ) throws(YAMLError) -> [YAMLDocument] {
    var reader = try YAMLReader(bytes: bytes, file: file, limits: limits)
    var documents: [YAMLDocument] = []
    while reader.startOfNextDocument() != nil {
      documents.append(
        YAMLDocument(
          file: file, root: try reader.nextDocument(), text: bytes))
    }
    try reader.checkEnd()
    return documents
  }
}

/// The events of one text and a place among them.
private struct YAMLReader {
  let bytes: [UInt8]
  let file: String
  let limits: YAMLLimits
  private let store: EventStore
  private var position = 0
  private var anchors: [String: YAMLNode] = [:]
  /// Anchors of collections that are still open: an alias to one is a cycle.
  private var openAnchors: [String] = []

  init(bytes: [UInt8], file: String, limits: YAMLLimits) throws(YAMLError) {
    self.bytes = bytes
    self.file = file
    self.limits = limits
    let read = bytes.withUnsafeBufferPointer { buffer in
      // libyaml takes an empty text by its count, but never a null pointer.
      var nothing: UInt8 = 0
      return buffer.baseAddress.map {
        ca_yaml_read($0, buffer.count, UInt32(limits.depth))
      } ?? ca_yaml_read(&nothing, 0, UInt32(limits.depth))
    }
    guard let read else {
      throw YAMLError(
        file: file, line: 1, column: 1, problem: "not enough memory")
    }
    store = EventStore(events: read)
  }

  private var count: Int { store.events.pointee.count }

  private func event(_ index: Int) -> ca_yaml_event {
    store.events.pointee.events[index]
  }

  func failure(_ problem: String, at mark: YAMLMark) -> YAMLError {
    YAMLError(
      file: file, line: mark.line, column: mark.column, problem: problem,
      text: bytes)
  }

  /// The error that ended the events, nil for a well-formed text.
  private var problem: YAMLError? {
    let all = store.events.pointee
    guard let problem = all.problem else { return nil }
    var sentence = String(cString: problem)
    if all.problem_value >= 0 {
      sentence += ": #x" + String(all.problem_value, radix: 16)
    }
    return YAMLError(
      file: file, line: Int(all.problem_mark.line) + 1,
      column: Int(all.problem_mark.column) + 1, problem: sentence,
      context: all.context.map { String(cString: $0) }, text: bytes)
  }

  /// Throws the error that libyaml met after the last document read.
  func checkEnd() throws(YAMLError) {
    if let problem { throw problem }
  }

  /// Where the next document starts, nil at the end of the text.
  mutating func startOfNextDocument() -> YAMLMark? {
    while position < count {
      let next = event(position)
      if Int(next.kind) == ca_yaml_kind_document_start {
        return mark(next.start)
      }
      guard Int(next.kind) == ca_yaml_kind_stream_start else { return nil }
      position += 1
    }
    return nil
  }

  /// The root of the next document, nil where there is none.
  mutating func nextDocument() throws(YAMLError) -> YAMLNode? {
    guard startOfNextDocument() != nil else {
      try checkEnd()
      return nil
    }
    position += 1
    anchors = [:]
    openAnchors = []
    let root = try node()
    // The document's end; an error of the text shows there.
    guard position < count else {
      try checkEnd()
      return root
    }
    position += 1
    return root
  }

  private func mark(_ mark: ca_yaml_mark) -> YAMLMark {
    YAMLMark(
      line: Int(mark.line) + 1, column: Int(mark.column) + 1,
      byte: Int(mark.byte))
  }

  private func text(_ span: ca_yaml_span) -> String? {
    guard span.offset != UInt32.max else { return nil }
    return String(
      decoding: UnsafeBufferPointer(
        start: store.events.pointee.text + Int(span.offset),
        count: Int(span.length)),
      as: UTF8.self)
  }

  private mutating func node() throws(YAMLError) -> YAMLNode {
    guard position < count else {
      throw problem
        ?? YAMLError(
          file: file, line: 1, column: 1, problem: "the text ends too early")
    }
    let first = event(position)
    position += 1
    let start = mark(first.start)
    if Int(first.kind) == ca_yaml_kind_alias {
      return try alias(named: text(first.value) ?? "", first, start: start)
    }
    let anchor = text(first.anchor)
    if let anchor, anchors[anchor] != nil || openAnchors.contains(anchor) {
      throw failure("found duplicate anchor \"\(anchor)\"", at: start)
    }
    let tag = text(first.tag)
    let content: YAMLNode.Content
    var end = mark(first.end)
    var size = 1
    switch Int(first.kind) {
    case ca_yaml_kind_sequence_start:
      if let anchor { openAnchors.append(anchor) }
      var items: [YAMLNode] = []
      while try !ends(ca_yaml_kind_sequence_end) {
        let item = try node()
        size += item.expandedCount
        items.append(item)
      }
      end = closing()
      content = .sequence(items, isFlow: isFlow(first))
    case ca_yaml_kind_mapping_start:
      if let anchor { openAnchors.append(anchor) }
      var entries: [YAMLEntry] = []
      while try !ends(ca_yaml_kind_mapping_end) {
        let key = try node()
        let value = try node()
        size += key.expandedCount + value.expandedCount
        entries.append(YAMLEntry(key: key, value: value))
      }
      end = closing()
      content = .mapping(entries, isFlow: isFlow(first))
    default:
      content = .scalar(text(first.value) ?? "", style(first))
    }
    if anchor != nil, !isScalar(content) { openAnchors.removeLast() }
    guard size <= limits.nodes else {
      throw failure(
        "the document unfolds to more than \(limits.nodes) nodes", at: start)
    }
    let made = YAMLNode(
      content: content, tag: tag, anchor: anchor, start: start, end: end,
      expandedCount: size)
    if let anchor { anchors[anchor] = made }
    return made
  }

  private func alias(
    named name: String, _ event: ca_yaml_event, start: YAMLMark
  ) throws(YAMLError) -> YAMLNode {
    guard !openAnchors.contains(name) else {
      throw failure("alias \"\(name)\" stands inside its own anchor", at: start)
    }
    guard let target = anchors[name] else {
      throw failure("found undefined alias \"\(name)\"", at: start)
    }
    return YAMLNode(
      content: .alias(name, target), tag: nil, anchor: nil, start: start,
      end: mark(event.end), expandedCount: target.expandedCount)
  }

  private func ends(_ kind: Int) throws(YAMLError) -> Bool {
    guard position < count else {
      throw problem
        ?? YAMLError(
          file: file, line: 1, column: 1, problem: "the text ends too early")
    }
    return Int(event(position).kind) == kind
  }

  /// Steps over a collection's end.
  private mutating func closing() -> YAMLMark {
    let end = mark(event(position).end)
    position += 1
    return end
  }

  private func isScalar(_ content: YAMLNode.Content) -> Bool {
    if case .scalar = content { return true }
    return false
  }

  private func isFlow(_ event: ca_yaml_event) -> Bool {
    Int(event.style) == ca_yaml_style_flow
  }

  private func style(_ event: ca_yaml_event) -> YAMLScalarStyle {
    switch Int(event.style) {
    case ca_yaml_style_single_quoted: .singleQuoted
    case ca_yaml_style_double_quoted: .doubleQuoted
    case ca_yaml_style_literal: .literal
    case ca_yaml_style_folded: .folded
    default: .plain
    }
  }
}

/// Owns the C memory of the events.
private final class EventStore {
  let events: UnsafeMutablePointer<ca_yaml_events>

  init(events: UnsafeMutablePointer<ca_yaml_events>) {
    self.events = events
  }

  deinit { ca_yaml_events_free(events) }
}
