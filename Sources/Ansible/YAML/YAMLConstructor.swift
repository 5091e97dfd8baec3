// YAML trees made into values by the rules of PyYAML's SafeLoader as Ansible
// uses it: YAML 1.1 types, merge keys, `!vault`, `!unsafe`; of duplicate keys
// the last wins, with a warning.

import Jinja

/// Something odd in a text that does not keep it from being used.
public struct YAMLWarning: Sendable, Hashable, CustomStringConvertible {
  public var message: String
  public var origin: Origin

  public var description: String { "\(origin): \(message)" }
}

/// Makes values of YAML trees.
public struct YAMLConstructor {
  /// Opens `!vault` values when they are read.
  public var vault: Vault
  /// Whether strings are templates; others are marked unsafe.
  public var isTrusted: Bool
  /// What was odd in the trees made so far.
  public private(set) var warnings: [YAMLWarning] = []
  /// Whether Ansible's own tags (`!vault`, `!unsafe`) are known.
  private let knowsAnsibleTags: Bool
  private var file = ""
  private var text: [UInt8] = []
  private var anchored: [ObjectIdentifier: Value] = [:]
  private var unsafeDepth = 0

  /// Makes a constructor.
  ///
  /// - Parameters:
  ///   - vault: opens `!vault` values.
  ///   - isTrusted: false for texts from outside, whose strings are never
  ///     taken for templates.
  ///   - knowsAnsibleTags: false for the `from_yaml` filter.
  public init(
    vault: Vault = Vault(), isTrusted: Bool = true,
    knowsAnsibleTags: Bool = true
  ) {
    self.vault = vault
    self.isTrusted = isTrusted
    self.knowsAnsibleTags = knowsAnsibleTags
  }

  /// The value of a document, `none` for one without content.
  ///
  /// - Throws: `YAMLError` with the place of what is wrong.
  public mutating func value(of document: YAMLDocument)
    throws(YAMLError) -> Value
  {
    guard let root = document.root else { return .none }
    text = document.text
    defer { text = [] }
    return try value(of: root, file: document.file)
  }

  /// The value of a node of `file`.
  public mutating func value(of node: YAMLNode, file: String)
    throws(YAMLError) -> Value
  {
    self.file = file
    anchored = [:]
    unsafeDepth = 0
    return VaultedText.opened(try construct(node))
  }

  // MARK: Nodes

  private static let prefix = "tag:yaml.org,2002:"

  private func origin(of node: YAMLNode) -> Origin {
    Origin(file: file, line: node.start.line, column: node.start.column)
  }

  private func failure(
    _ problem: String, at node: YAMLNode, while context: String? = nil
  ) -> YAMLError {
    YAMLError(
      file: file, line: node.start.line, column: node.start.column,
      problem: problem, context: context, text: text)
  }

  private mutating func construct(_ node: YAMLNode) throws(YAMLError) -> Value {
    let node = node.resolved
    guard node.anchor != nil, unsafeDepth == 0 else {
      return try constructNew(node)
    }
    if let known = anchored[ObjectIdentifier(node)] { return known }
    let value = try constructNew(node)
    anchored[ObjectIdentifier(node)] = value
    return value
  }

  private mutating func constructNew(_ node: YAMLNode)
    throws(YAMLError) -> Value
  {
    guard let tag = node.tag else { return try implicit(node) }
    if tag == "!" {
      // The tag that is none: even a quoted scalar is resolved, as libyaml
      // tells PyYAML to.
      return try implicit(node, ignoresStyle: true)
    }
    if knowsAnsibleTags {
      switch tag {
      case "!unsafe":
        unsafeDepth += 1
        defer { unsafeDepth -= 1 }
        return try implicit(node)
      case "!vault", "!vault-encrypted": return try vaulted(node, tag)
      default: break
      }
    }
    guard tag.hasPrefix(Self.prefix) else { throw unknownTag(tag, node) }
    let type = String(tag.dropFirst(Self.prefix.count))
    switch type {
    case "str", "python/unicode": return string(try scalar(node), node)
    case "null":
      _ = try scalar(node)
      return Value.none.with(origin: origin(of: node))
    case "bool": return try bool(try scalar(node), node)
    case "int": return try int(try scalar(node), node)
    case "float": return try float(try scalar(node), node)
    case "timestamp": return try timestamp(try scalar(node), node)
    case "binary": return try binary(node)
    case "seq": return try sequence(node)
    case "map", "python/dict": return try mapping(node)
    case "set": return try set(node)
    case "omap": return try pairs(node, "an ordered map")
    case "pairs": return try pairs(node, "pairs")
    default: throw unknownTag(tag, node)
    }
  }

  private func unknownTag(_ tag: String, _ node: YAMLNode) -> YAMLError {
    failure("could not determine a constructor for the tag '\(tag)'", at: node)
  }

  private mutating func implicit(
    _ node: YAMLNode, ignoresStyle: Bool = false
  ) throws(YAMLError) -> Value {
    switch node.content {
    case .scalar(let text, let style):
      guard style == .plain || ignoresStyle else { return string(text, node) }
      switch YAMLPlainType.of(text) {
      case .string: return string(text, node)
      case .null: return Value.none.with(origin: origin(of: node))
      case .bool: return try bool(text, node)
      case .int: return try int(text, node)
      case .float: return try float(text, node)
      case .timestamp: return try timestamp(text, node)
      case .merge: throw unknownTag(Self.prefix + "merge", node)
      case .value: throw unknownTag(Self.prefix + "value", node)
      }
    case .sequence: return try sequence(node)
    case .mapping: return try mapping(node)
    case .alias(_, let target): return try construct(target)
    }
  }

  private func kind(of node: YAMLNode) -> String {
    switch node.resolved.content {
    case .mapping: "mapping"
    case .sequence: "sequence"
    default: "scalar"
    }
  }

  // MARK: Scalars

  private func scalar(_ node: YAMLNode) throws(YAMLError) -> String {
    guard let text = node.scalar else {
      throw failure(
        "expected a scalar node, but found \(kind(of: node))", at: node)
    }
    return text
  }

  private func string(_ text: String, _ node: YAMLNode) -> Value {
    let value = Value(text).with(origin: origin(of: node))
    return isTrusted && unsafeDepth == 0 ? value : value.marked(.unsafe)
  }

  private func bool(_ text: String, _ node: YAMLNode)
    throws(YAMLError) -> Value
  {
    switch text.lowercased() {
    case "yes", "true", "on":
      return Value.true.with(origin: origin(of: node))
    case "no", "false", "off":
      return Value.false.with(origin: origin(of: node))
    default: throw failure("'\(text)' is not a boolean", at: node)
    }
  }

  /// Sign, and the digits without underscores.
  private func unsigned(_ text: String) -> (isNegative: Bool, digits: String) {
    var digits = text
    if digits.utf8.contains(UInt8(ascii: "_")) {
      digits.removeAll { $0 == "_" }
    }
    let isNegative = digits.hasPrefix("-")
    if isNegative || digits.hasPrefix("+") { digits.removeFirst() }
    return (isNegative, digits)
  }

  private func int(_ text: String, _ node: YAMLNode) throws(YAMLError) -> Value
  {
    let (isNegative, digits) = unsigned(text)
    let origin = origin(of: node)
    func number(_ digits: some StringProtocol, _ radix: Int)
      throws(YAMLError) -> Value
    {
      if let small = Int((isNegative ? "-" : "") + digits, radix: radix) {
        return Value(small).with(origin: origin)
      }
      let count = digits.utf8.count
      // Python reads any number whose base is a power of two.
      guard count <= BigInteger.mostDigits || radix != 10 else {
        throw failure(BigInteger.tooManyDigits(count).message, at: node)
      }
      guard let big = BigInteger(digits: digits.utf8, radix: radix) else {
        throw failure(
          "invalid literal for int() with base \(radix): '\(digits)'",
          at: node)
      }
      return Value(isNegative ? -big : big).with(origin: origin)
    }
    if digits == "0" { return Value(0).with(origin: origin) }
    if digits.hasPrefix("0b") { return try number(digits.dropFirst(2), 2) }
    if digits.hasPrefix("0x") { return try number(digits.dropFirst(2), 16) }
    if digits.hasPrefix("0") { return try number(digits, 8) }
    guard digits.utf8.contains(UInt8(ascii: ":")) else {
      return try number(digits, 10)
    }
    var total = 0
    for part in digits.split(separator: ":") {
      guard let digit = Int(part) else {
        throw failure("'\(text)' is not a number in base 60", at: node)
      }
      let (product, overflow) = total.multipliedReportingOverflow(by: 60)
      let (sum, carry) = product.addingReportingOverflow(digit)
      guard !overflow, !carry else {
        throw failure("'\(text)' is too large", at: node)
      }
      total = sum
    }
    return Value(isNegative ? -total : total).with(origin: origin)
  }

  private func float(_ text: String, _ node: YAMLNode)
    throws(YAMLError) -> Value
  {
    let (isNegative, written) = unsigned(text)
    let digits = written.lowercased()
    let size: Double
    if digits == ".inf" {
      size = .infinity
    } else if digits == ".nan" {
      return Value(Double.nan).with(origin: origin(of: node))
    } else {
      var total = 0.0
      for part in digits.split(separator: ":", omittingEmptySubsequences: false)
      {
        guard let value = Self.double(part) else {
          throw failure(
            "could not convert string to float: '\(text)'", at: node)
        }
        total = total * 60 + value
      }
      size = total
    }
    return Value(isNegative ? -size : size).with(origin: origin(of: node))
  }

  /// Python's `float()` of digits: a point may stand at either end.
  private static func double(_ text: Substring) -> Double? {
    var padded = String(text)
    if padded.hasPrefix(".") { padded = "0" + padded }
    if let point = padded.firstIndex(of: ".") {
      let after = padded.index(after: point)
      if after == padded.endIndex || !padded[after].isNumber {
        padded.insert("0", at: after)
      }
    }
    return Double(padded)
  }

  private func timestamp(_ text: String, _ node: YAMLNode)
    throws(YAMLError) -> Value
  {
    var copy = text
    let parsed = copy.withUTF8 { YAMLTimestamp($0, isImplicit: false) }
    guard let parsed else {
      throw failure("'\(text)' is not a timestamp", at: node)
    }
    if let problem = parsed.time.problem {
      throw failure(problem, at: node)
    }
    let made = PythonDateTime(
      parsed.time, isDate: parsed.isDate, offset: parsed.offset)
    return Value(made).with(origin: origin(of: node))
  }

  private func binary(_ node: YAMLNode) throws(YAMLError) -> Value {
    guard let bytes = Base64.decoded(Array(try scalar(node).utf8)) else {
      throw failure("failed to decode base64 data", at: node)
    }
    return Value(PythonBytes(bytes)).with(origin: origin(of: node))
  }

  private mutating func vaulted(_ node: YAMLNode, _ tag: String)
    throws(YAMLError) -> Value
  {
    let value = try implicit(node)
    guard let ciphertext = value.text else {
      throw failure("the '\(tag)' tag requires a string value", at: node)
    }
    let origin = origin(of: node)
    return Value(
      VaultedText(ciphertext: ciphertext, vault: vault, origin: origin)
    ).with(origin: origin).marked(.secret)
  }

  // MARK: Collections

  private mutating func sequence(_ node: YAMLNode) throws(YAMLError) -> Value {
    guard let items = node.sequence else {
      throw failure(
        "expected a sequence node, but found \(kind(of: node))", at: node)
    }
    var values: [Value] = []
    values.reserveCapacity(items.count)
    for item in items { values.append(try construct(item)) }
    let list =
      values.contains(where: VaultedText.isVaulted)
      ? ValueList(lazy: values, member: VaultedText.opened)
      : ValueList(values)
    return Value(.list(list)).with(origin: origin(of: node))
  }

  /// The entries with merge keys followed: merged ones first.
  private func flattened(_ node: YAMLNode) throws(YAMLError) -> [YAMLEntry] {
    guard let entries = node.mapping else {
      throw failure(
        "expected a mapping node, but found \(kind(of: node))", at: node)
    }
    guard entries.contains(where: { isMergeKey($0.key) }) else {
      return entries
    }
    let context = "while constructing a mapping"
    var merged: [YAMLEntry] = []
    var own: [YAMLEntry] = []
    for entry in entries {
      guard isMergeKey(entry.key) else {
        own.append(entry)
        continue
      }
      let value = entry.value.resolved
      if value.mapping != nil {
        merged += try flattened(value)
      } else if let sources = value.sequence {
        for source in sources.reversed() {
          guard source.mapping != nil else {
            throw failure(
              "expected a mapping for merging, but found \(kind(of: source))",
              at: source, while: context)
          }
          merged += try flattened(source.resolved)
        }
      } else {
        throw failure(
          "expected a mapping or list of mappings for merging, but found "
            + kind(of: value), at: value, while: context)
      }
    }
    return merged + own
  }

  private func isMergeKey(_ key: YAMLNode) -> Bool {
    let key = key.resolved
    guard case .scalar(let text, let style) = key.content else { return false }
    if let tag = key.tag { return tag == Self.prefix + "merge" }
    return style == .plain && text == "<<"
  }

  /// A key; `=` alone is a string there.
  private mutating func key(_ node: YAMLNode, of mapping: YAMLNode)
    throws(YAMLError) -> Value
  {
    if node.style == .plain, node.resolved.tag == nil, node.scalar == "=" {
      return string("=", node)
    }
    let value = try construct(node)
    switch value.payload {
    case .list, .dictionary:
      var error = failure(
        "found unhashable key", at: node,
        while: "while constructing a mapping")
      if case .mapping(_, isFlow: true) = node.resolved.content {
        error.hint =
          "a value that begins with {{ must stand in quotes: \"{{ name }}\""
      }
      throw error
    default: return value
    }
  }

  private mutating func mapping(_ node: YAMLNode) throws(YAMLError) -> Value {
    let entries = try flattened(node)
    var pairs: [(Value, Value)] = []
    pairs.reserveCapacity(entries.count)
    var isVaulted = false
    for entry in entries {
      let key = try key(entry.key, of: node)
      let value = try construct(entry.value)
      isVaulted = isVaulted || VaultedText.isVaulted(value)
      pairs.append((key, value))
    }
    let made: ValueDictionary
    do {
      made =
        isVaulted
        ? try ValueDictionary(lazy: pairs, member: VaultedText.opened)
        : try ValueDictionary(pairs: pairs)
    } catch {
      throw failure(
        "found unhashable key", at: node,
        while: "while constructing a mapping")
    }
    if made.count < pairs.count { warnOfDuplicates(entries, pairs) }
    return Value(.dictionary(made)).with(origin: origin(of: node))
  }

  private mutating func warnOfDuplicates(
    _ entries: [YAMLEntry], _ pairs: [(Value, Value)]
  ) {
    var seen = Set<Value>()
    for (entry, pair) in zip(entries, pairs)
    where !seen.insert(pair.0).inserted {
      warnings.append(
        YAMLWarning(
          message: "Found duplicate mapping key "
            + "\((try? pair.0.repr()) ?? "")."
            + " Using last defined value only.",
          origin: origin(of: entry.key)))
    }
  }

  /// A set: its members in order, since templates know no sets.
  private mutating func set(_ node: YAMLNode) throws(YAMLError) -> Value {
    var members: [Value] = []
    for entry in try flattened(node) {
      let member = try key(entry.key, of: node)
      if !members.contains(member) { members.append(member) }
    }
    return Value(members).with(origin: origin(of: node))
  }

  private mutating func pairs(_ node: YAMLNode, _ what: String)
    throws(YAMLError) -> Value
  {
    let context = "while constructing \(what)"
    guard let items = node.sequence else {
      throw failure(
        "expected a sequence, but found \(kind(of: node))", at: node,
        while: context)
    }
    var values: [Value] = []
    for item in items {
      guard let entries = item.mapping else {
        throw failure(
          "expected a mapping of length 1, but found \(kind(of: item))",
          at: item, while: context)
      }
      guard entries.count == 1, let entry = entries.first else {
        throw failure(
          "expected a single mapping item, but found \(entries.count) items",
          at: item, while: context)
      }
      values.append(
        .tuple([
          try construct(entry.key),
          VaultedText.opened(try construct(entry.value)),
        ]).with(origin: origin(of: node)))
    }
    return Value(values).with(origin: origin(of: node))
  }
}
