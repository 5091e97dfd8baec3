// The variables that one task sees: layers from role defaults up to extra
// vars, searched from the top, each value templated when it is first read.

import Jinja
import Synchronization

/// One level of variables.
struct VariableLayer: Sendable {
  /// What the level is, for people: "role defaults", "set_fact".
  let name: String
  let values: [String: Value]
  /// Whether the values are results: their text is never taken for a template.
  let isFinal: Bool

  init(_ name: String, _ values: [String: Value], isFinal: Bool = false) {
    self.name = name
    self.values = values
    self.isFinal = isFinal
  }
}

/// The variables of one task, or of one element of its loop.
///
/// Values live as long as the scope: what is kept longer must be finalized.
public final class VariableScope: Variables, Sendable {
  /// The layers, highest first.
  let layers: [VariableLayer]
  let templating: Templating
  /// Whether dictionaries of one name are merged over all layers
  /// (`hash_behaviour = merge`).
  let mergesDictionaries: Bool
  /// Names whose values are never to be shown.
  let secretNames: Set<String>
  private let state = Mutex(State())

  private struct State {
    var known: [String: Value] = [:]
    /// Names whose values are being made, outermost first.
    var making: [String] = []
    var depth = 0
  }

  /// Layers are given lowest first.
  init(
    _ layers: [VariableLayer], templating: Templating,
    secretNames: Set<String> = [], mergesDictionaries: Bool = false
  ) {
    self.layers = layers.reversed().filter { !$0.values.isEmpty }
    self.templating = templating
    self.secretNames = secretNames
    self.mergesDictionaries = mergesDictionaries
  }

  private init(highestFirst layers: [VariableLayer], like other: VariableScope)
  {
    self.layers = layers
    templating = other.templating
    secretNames = other.secretNames
    mergesDictionaries = other.mergesDictionaries
  }

  /// The same variables with results above them all.
  func adding(_ values: [String: Value], _ name: String) -> VariableScope {
    values.isEmpty
      ? self
      : VariableScope(
        highestFirst: [VariableLayer(name, values, isFinal: true)] + layers,
        like: self)
  }

  // MARK: Reading

  public var names: [String] {
    var seen = Set<String>()
    for layer in layers { seen.formUnion(layer.values.keys) }
    return seen.sorted()
  }

  /// Whether any layer has a variable of that name.
  func defines(_ name: String) -> Bool {
    layers.contains { $0.values[name] != nil }
  }

  /// The value as it is written, not templated, and whether it is a result.
  func raw(_ name: String) -> (value: Value, isFinal: Bool)? {
    for layer in layers {
      if let value = layer.values[name] { return (value, layer.isFinal) }
    }
    return nil
  }

  public func value(of name: String) throws -> Value? {
    if let known = state.withLock({ $0.known[name] }) { return known }
    switch name {
    case "vars": return Value(ScopeObject(self))
    case "hostvars": return Value(HostVariables(self))
    default: break
    }
    guard let (raw, isFinal) = raw(name) else { return nil }
    if isFinal {
      state.withLock { $0.known[name] = raw }
      return raw
    }
    let chain: [String]? = state.withLock { state in
      if state.making.contains(name) { return state.making + [name] }
      state.making.append(name)
      return nil
    }
    if let chain { throw Self.recursion(chain, raw) }
    defer { state.withLock { _ = $0.making.popLast() } }
    let merged = mergesDictionaries ? try self.merged(name) : raw
    var made = try lazy(merged)
    if secretNames.contains(name) { made = made.marked(.secret) }
    state.withLock { $0.known[name] = made }
    return made
  }

  /// A dictionary merged over the one that a name has; anything else as it is.
  func merging(_ value: Value, into name: String) throws -> Value {
    guard let above = try value.dictionary?.pairs(),
      let below = try self.value(of: name)?.dictionary?.pairs()
    else { return value }
    return .dictionary(
      try Self.merge(
        below.map { ($0.key, $0.value) }, above.map { ($0.key, $0.value) }))
  }

  private func merged(_ name: String) throws -> Value {
    var entries: [(String, Value)] = []
    for layer in layers.reversed() {
      guard let value = layer.values[name] else { continue }
      guard let pairs = try value.dictionary?.pairs() else {
        return raw(name)?.value ?? value
      }
      entries = try Self.merge(entries, pairs.map { ($0.key, $0.value) })
    }
    return .dictionary(entries)
  }

  private static func merge(
    _ lower: [(String, Value)], _ upper: [(String, Value)]
  ) throws -> [(String, Value)] {
    var result = lower
    for (key, value) in upper {
      guard let at = result.firstIndex(where: { $0.0 == key }) else {
        result.append((key, value))
        continue
      }
      if let below = try result[at].1.dictionary?.pairs(),
        let above = try value.dictionary?.pairs()
      {
        result[at].1 = .dictionary(
          try merge(
            below.map { ($0.key, $0.value) },
            above.map { ($0.key, $0.value) }))
      } else {
        result[at].1 = value
      }
    }
    return result
  }

  private static func recursion(
    _ chain: [String], _ raw: Value
  ) -> AnsibleFailure {
    AnsibleFailure(
      "Recursive loop detected in template: "
        + chain.joined(separator: " -> "),
      at: raw.origin.map { SourcePlace($0, file: $0.file) })
  }

  // MARK: Templating

  /// A raw value with its templates to be done when their results are read.
  func lazy(_ raw: Value) throws -> Value {
    switch raw.payload {
    case .string(let text):
      guard Templating.isTemplate(text), !raw.marks.contains(.unsafe) else {
        return raw
      }
      return try render(text, of: raw)
    case .list(let list):
      guard Self.needsTemplating(raw) else { return raw }
      return Value(
        .list(
          ValueList(lazy: list.rawElements) { [weak self] in
            try Self.member($0, of: self)
          }))
    case .dictionary(let dictionary):
      guard Self.needsTemplating(raw) else { return raw }
      return Value(
        .dictionary(
          try ValueDictionary(
            lazy: zip(dictionary.orderedKeys, dictionary.rawElements)
          ) { [weak self] in try Self.member($0, of: self) }))
    default:
      return VaultedText.opened(raw)
    }
  }

  private static func member(
    _ raw: Value, of scope: VariableScope?
  ) throws -> Value {
    guard let scope else {
      throw AnsibleFailure("a variable was read after its task had ended")
    }
    return try scope.lazy(raw)
  }

  /// Whether any text in the value, at any depth, is a template.
  static func needsTemplating(_ value: Value) -> Bool {
    switch value.payload {
    case .string(let text): Templating.isTemplate(text)
    case .list(let list): list.rawElements.contains(where: needsTemplating)
    case .dictionary(let dictionary):
      dictionary.rawElements.contains(where: needsTemplating)
    case .object: VaultedText.isVaulted(value)
    default: false
    }
  }

  private func render(_ text: String, of raw: Value) throws -> Value {
    let depth = state.withLock {
      $0.depth += 1
      return $0.depth
    }
    defer { state.withLock { $0.depth -= 1 } }
    guard depth < 80 else {
      throw Self.recursion(state.withLock(\.making), raw)
    }
    do {
      let result = TrailingNewlines.keep(
        of: text, in: try templating.template(text).renderValue(self))
      if let origin = raw.origin, case .undefined(let absent) = result.payload,
        absent.origin == nil
      {
        return Value(.undefined(absent.asked(at: origin)))
      }
      return result.origin == nil ? result.with(origin: raw.origin) : result
    } catch var error as TemplateError {
      if let origin = raw.origin, error.template == nil {
        error.place(
          at: Origin(
            file: origin.file, line: max(error.line - 1, 0) + origin.line,
            column: error.line <= 1 ? origin.column : 0))
      }
      // A name that is missing stays an absence until someone needs it: a
      // `default` further out may still answer it.
      if error.kind == .undefined {
        let origin = error.template.map {
          Origin(file: $0, line: error.line, column: error.column)
        }
        return Value(
          .undefined(
            Undefined(
              hint: error.message, policy: .chainableStrict, origin: origin)))
      }
      throw error
    }
  }

  /// A value with every template in it done, and nothing lazy left.
  ///
  /// Throws `TemplateError` where something in it is undefined, and
  /// ``OmittedValue`` where the whole of it is `omit`.
  public func template(_ raw: Value) throws -> Value {
    let result = try finalize(try lazy(raw))
    if result.isOmit { throw OmittedValue() }
    return result
  }

  /// The same, with nil for `omit`.
  func templateOrOmit(_ raw: Value) throws -> Value? {
    let result = try finalize(try lazy(raw))
    // `nil` beside a value would be read as Python's None.
    if result.isOmit { return nil }
    return result
  }

  /// The value of an expression without braces, nothing lazy left.
  func evaluate(_ expression: String) throws -> Value {
    try finalize(try templating.expression(expression).evaluate(self))
  }

  private static func unsupported(_ type: String) -> TemplateError {
    TemplateError(
      .type,
      "Error rendering template: Type '\(type)' is unsupported for variable storage."
    )
  }

  /// Makes everything lazy in a value, drops what is omitted, and turns what
  /// only lives in templates into lists.
  func finalize(_ value: Value) throws -> Value {
    switch value.payload {
    case .undefined(let undefined):
      // That of an inline if without else: Jinja2's own, which Ansible does not
      // know.
      if undefined.policy == .default { throw Self.unsupported("Undefined") }
      throw undefined.error
    case .function(let function):
      throw Self.unsupported(
        function.typeName == "function" ? "function" : "method")
    case .list(let list):
      if !list.isLazy, list.rawElements.allSatisfy(Self.isPlain) {
        return value
      }
      let members = try list.elements().map(finalize).filter { !$0.isOmit }
      return Value.list(members).with(origin: value.origin)
        .marked(value.marks)
    case .tuple(let items):
      return .list(try items.map(finalize).filter { !$0.isOmit })
        .marked(value.marks)
    case .dictionary(let dictionary):
      if !dictionary.isLazy, dictionary.rawElements.allSatisfy(Self.isPlain) {
        return value
      }
      let pairs: [(Value, Value)] = try dictionary.entries().compactMap {
        let member = try finalize($0.value)
        return member.isOmit ? nil : ($0.key, member)
      }
      return Value(.dictionary(try ValueDictionary(pairs: pairs)))
        .with(origin: value.origin).marked(value.marks)
    case .markup(let text):
      return Value(text).marked(value.spans)
    case .object(let object) where !value.isOmit:
      if object.typeName == "range" { throw Self.unsupported("range") }
      guard object.isIterable, let next = try object.iterate() else {
        return value
      }
      var members: [Value] = []
      while let member = try next() { members.append(try finalize(member)) }
      return .list(members).marked(value.marks)
    default:
      return value
    }
  }

  private static func isPlain(_ value: Value) -> Bool {
    switch value.payload {
    case .none, .bool, .integer, .bigInteger, .float, .string, .unknown: true
    default: false
    }
  }
}

/// Thrown where a whole value turns out to be `omit`.
public struct OmittedValue: Error, Sendable {}
