// Values written as YAML by PyYAML's representers through libyaml's emitter,
// the one that PyYAML's C dumper uses: the same bytes as Ansible's `to_yaml`
// and `to_nice_yaml`.

import CAnsible
import Jinja

/// Writes values as YAML.
public struct YAMLEmitter: Sendable {
  /// Columns of one level, 2 to 9; anything else counts as 2.
  public var indent = 2
  /// Where long lines are folded; less than 0 for never.
  public var width = 80
  /// Whether collections are written in flow style; nil for those that hold
  /// scalars alone.
  public var flow: Bool? = false
  public var sortsKeys = true
  public var allowsUnicode = true
  public var isCanonical = false
  /// Whether `---` and `...` are written.
  public var hasStart = false
  public var hasEnd = false
  /// Style of every scalar, one of `'`, `"`, `|`, `>`; nil for the best.
  public var scalarStyle: Character?
  /// Whether strings of several lines are written as literal blocks.
  public var usesLiterals = false

  /// How long the text may be.
  public var limits = Limits()

  /// An emitter with PyYAML's defaults and block style.
  public init() {}

  /// The text of `value`, with the marks of its scalars where they stand.
  ///
  /// - Throws: `TemplateError` for an undefined value or one that YAML cannot
  ///   hold, and what a lazy member throws.
  public func text(of value: Value) throws -> Value {
    var layout = ca_yaml_layout()
    layout.indent = Int32(clamping: indent)
    layout.width = Int32(clamping: width)
    layout.allow_unicode = allowsUnicode
    layout.canonical = isCanonical
    layout.explicit_start = hasStart
    layout.explicit_end = hasEnd
    guard let handle = ca_yaml_emitter_new(&layout) else {
      throw TemplateError(.runtime, "not enough memory")
    }
    let writer = Writer(handle: handle, limits)
    try writer.check(ca_yaml_emit_start(handle))
    var count = 0
    var node = try represent(value, depth: 0, &count)
    chooseFlow(&node)
    try writer.write(node)
    try writer.check(ca_yaml_emit_end(handle))
    return writer.result()
  }

  /// The text of `value` as a Swift string, without marks.
  public func string(of value: Value) throws -> String {
    try text(of: value).text ?? ""
  }

  // MARK: Nodes

  /// A value on its way to the emitter.
  private enum Node {
    case scalar(String, tag: String, style: Character?, marks: Marks)
    case sequence([Node], flow: Bool)
    case mapping([(Node, Node)], flow: Bool)

    var isPlainScalar: Bool {
      if case .scalar(_, _, let style, _) = self { return style == nil }
      return false
    }
  }

  private static let tag = "tag:yaml.org,2002:"

  private func scalar(
    _ text: String, _ type: String, _ value: Value, style: Character? = nil
  ) -> Node {
    .scalar(
      text, tag: Self.tag + type, style: style ?? scalarStyle,
      marks: value.marks)
  }

  /// What holds one list many times writes far more than it holds; no more is
  /// written than is read.
  private static let mostNodes = YAMLLimits().nodes

  private func represent(
    _ value: Value, depth: Int, _ count: inout Int
  ) throws -> Node {
    count += 1
    guard count <= Self.mostNodes else {
      throw TemplateError(
        .limit, "YAML of more than \(Self.mostNodes) nodes")
    }
    guard depth < 200 else {
      throw TemplateError(
        .recursion, "the value is nested too deeply to be written as YAML")
    }
    switch value.payload {
    case .none: return scalar("null", "null", value)
    case .bool(let flag): return scalar(flag ? "true" : "false", "bool", value)
    case .integer, .bigInteger:
      return scalar(try value.repr(), "int", value)
    case .float(let number):
      return scalar(Self.text(of: number), "float", value)
    case .string(let text), .markup(let text):
      let isLiteral =
        usesLiterals && text.utf8.contains(0x0A)
        && text.unicodeScalars.allSatisfy {
          $0.value >= 0x20 || $0 == "\n" || $0 == "\t"
        }
      return scalar(text, "str", value, style: isLiteral ? "|" : nil)
    case .unknown: return scalar(Value.unknownPlaceholder, "str", value)
    case .list, .tuple:
      let items = try (try value.sequence() ?? []).map {
        try represent($0, depth: depth + 1, &count)
      }
      return .sequence(items, flow: false)
    case .dictionary(let dictionary):
      var entries = try dictionary.entries().map { ($0.key, $0.value) }
      if sortsKeys { entries = PythonOrder.sorted(entries) { $0.0 } ?? entries }
      return .mapping(
        try entries.map {
          (
            try represent($0.0, depth: depth + 1, &count),
            try represent($0.1, depth: depth + 1, &count)
          )
        }, flow: false)
    case .object(let object): return try represent(object, value, depth, &count)
    case .undefined(let undefined): throw undefined.error
    case .function:
      throw TemplateError(
        .type, "cannot represent an object: \(try value.repr())")
    }
  }

  private func represent(
    _ object: Object, _ value: Value, _ depth: Int, _ count: inout Int
  ) throws -> Node {
    switch object {
    case let time as PythonDateTime:
      return scalar(
        time.isoformat(separator: " "), "timestamp", value)
    case let bytes as PythonBytes:
      // PyYAML breaks the text after 76 characters.
      let digits = Base64.encoded(bytes.bytes)
      var text = ""
      for start in stride(from: 0, to: digits.count, by: 76) {
        text += String(
          decoding: digits[start..<min(start + 76, digits.count)],
          as: UTF8.self)
        text += "\n"
      }
      return scalar(text, "binary", value, style: "|")
    case let vaulted as VaultedText:
      return .scalar(
        vaulted.ciphertext, tag: "!vault", style: "|", marks: value.marks)
    default:
      guard let next = try object.iterate() else {
        throw TemplateError(
          .type, "cannot represent an object: \(try object.repr())")
      }
      var items: [Node] = []
      while let item = try next() {
        items.append(try represent(item, depth: depth + 1, &count))
      }
      return .sequence(items, flow: false)
    }
  }

  private static func text(of number: Double) -> String {
    if number.isNaN { return ".nan" }
    if number.isInfinite { return number < 0 ? "-.inf" : ".inf" }
    let text = (try? Value(number).repr()) ?? "\(number)"
    guard !text.contains("."), let mark = text.firstIndex(of: "e") else {
      return text
    }
    return text[..<mark] + ".0" + text[mark...]
  }

  /// Sets the style of every collection.
  private func chooseFlow(_ node: inout Node) {
    switch node {
    case .scalar: return
    case .sequence(var items, _):
      let best = items.allSatisfy(\.isPlainScalar)
      for index in items.indices { chooseFlow(&items[index]) }
      node = .sequence(items, flow: flow ?? best)
    case .mapping(var entries, _):
      let best = entries.allSatisfy {
        $0.0.isPlainScalar && $0.1.isPlainScalar
      }
      for index in entries.indices {
        chooseFlow(&entries[index].0)
        chooseFlow(&entries[index].1)
      }
      node = .mapping(entries, flow: flow ?? best)
    }
  }

  // MARK: Writing

  /// libyaml's emitter and the marks of the scalars given to it, in order.
  private final class Writer {
    private let handle: OpaquePointer
    private let limits: Limits
    private var marks: [Marks] = []
    private var size = 0

    init(handle: OpaquePointer, _ limits: Limits) {
      self.handle = handle
      self.limits = limits
    }
    deinit { ca_yaml_emitter_free(handle) }

    func check(_ isDone: Bool) throws {
      guard isDone else {
        throw TemplateError(
          .runtime, String(cString: ca_yaml_emitter_problem(handle)))
      }
    }

    func write(_ node: Node) throws {
      switch node {
      case .scalar(let text, let tag, let style, let marks):
        try write(scalar: text, tag, style)
        self.marks.append(marks)
      case .sequence(let items, let flow):
        try check(
          ca_yaml_emit_sequence_start(
            handle, nil, nil, true, Self.style(isFlow: flow)))
        for item in items { try write(item) }
        try check(ca_yaml_emit_sequence_end(handle))
      case .mapping(let entries, let flow):
        try check(
          ca_yaml_emit_mapping_start(
            handle, nil, nil, true, Self.style(isFlow: flow)))
        for entry in entries {
          try write(entry.0)
          try write(entry.1)
        }
        try check(ca_yaml_emit_mapping_end(handle))
      }
    }

    private static func style(isFlow: Bool) -> UInt8 {
      UInt8(isFlow ? ca_yaml_style_flow : ca_yaml_style_block)
    }

    private func write(
      scalar text: String, _ tag: String, _ style: Character?
    ) throws {
      // Where a plain scalar would be read as another type the emitter must
      // quote it, or write the tag.
      let isPlainImplicit = YAMLPlainType.of(text).tag == tag
      let isQuotedImplicit = tag == YAMLEmitter.tag + "str"
      let number: Int
      switch style {
      case "'": number = Int(ca_yaml_style_single_quoted)
      case "\"": number = Int(ca_yaml_style_double_quoted)
      case "|": number = Int(ca_yaml_style_literal)
      case ">": number = Int(ca_yaml_style_folded)
      default: number = Int(ca_yaml_style_plain)
      }
      size += text.utf8.count
      try limits.check(text: size)
      var copy = text
      let isDone = copy.withUTF8 { bytes in
        var nothing: UInt8 = 0
        return withUnsafePointer(to: &nothing) { empty in
          tag.withCString {
            ca_yaml_emit_scalar(
              handle, nil, $0, bytes.baseAddress ?? empty, bytes.count,
              isPlainImplicit, isQuotedImplicit, UInt8(number))
          }
        }
      }
      try check(isDone)
    }

    /// The text, with the marks of scalars where they stand, found by reading
    /// the text again.
    func result() -> Value {
      var count = 0
      let start = ca_yaml_emitter_text(handle, &count)
      let bytes = Array(UnsafeBufferPointer(start: start, count: count))
      let text = String(decoding: bytes, as: UTF8.self)
      guard marks.contains(where: { !$0.isEmpty }) else { return Value(text) }
      let all = marks.reduce(into: Marks()) { $0.formUnion($1) }
      guard let root = try? YAML.read(bytes, file: "").root else {
        return Value(text).marked(all)
      }
      var places: [Range<Int>] = []
      Self.collect(root, into: &places)
      guard places.count == marks.count else { return Value(text).marked(all) }
      let spans = zip(places, marks).compactMap { place, marks in
        marks.isEmpty || place.isEmpty ? nil : Span(place, marks)
      }
      return Value(text).marked(spans)
    }

    private static func collect(
      _ node: YAMLNode, into places: inout [Range<Int>]
    ) {
      if let items = node.sequence {
        for item in items { collect(item, into: &places) }
      } else if let entries = node.mapping {
        for entry in entries {
          collect(entry.key, into: &places)
          collect(entry.value, into: &places)
        }
      } else {
        places.append(
          node.start.byte..<max(node.start.byte, node.end.byte))
      }
    }
  }
}

extension YAMLPlainType {
  /// The tag that a plain scalar of this type has.
  var tag: String {
    let name =
      switch self {
      case .null: "null"
      case .bool: "bool"
      case .int: "int"
      case .float: "float"
      case .timestamp: "timestamp"
      case .merge: "merge"
      case .value: "value"
      case .string: "str"
      }
    return "tag:yaml.org,2002:" + name
  }
}
