// What dict.keys(), dict.values() and dict.items() return.

final class DictionaryView: Object, @unchecked Sendable {
  enum Kind: String {
    case keys = "dict_keys"
    case values = "dict_values"
    case items = "dict_items"
  }

  private let kind: Kind
  private let value: Value

  init(_ kind: Kind, _ value: Value) {
    self.kind = kind
    self.value = value
  }

  /// The dictionary.
  var source: Value { value }

  private var dictionary: ValueDictionary? { value.dictionary }

  override var typeName: String { kind.rawValue }
  override func length() -> Int? { dictionary?.count }
  override var isIterable: Bool { true }
  override var heldValues: [Value] { [value] }

  /// The dictionary whose items it shows; nil for keys and values.
  var pairs: ValueDictionary? {
    kind == .items && !value.isMarked ? dictionary : nil
  }

  func members() throws -> [Value] {
    guard let dictionary else { return [] }
    switch kind {
    case .keys: return dictionary.keys
    case .values: return try dictionary.elements()
    case .items:
      return try dictionary.entries().map { .tuple([$0.key, $0.value]) }
    }
  }

  override func iterate() throws -> (() throws -> Value?)? {
    var items = try members()[...]
    return { items.popFirst() }
  }

  override func hash() throws -> UInt32 {
    guard kind == .values else {
      throw TemplateError(.type, "unhashable type: '\(typeName)'")
    }
    return try super.hash()
  }

  override func repr() throws -> String {
    var builder = TextBuilder()
    try writeRepr(into: &builder, depth: 0)
    return builder.text
  }

  override func writeRepr(
    into builder: inout TextBuilder, depth: Int
  ) throws {
    guard builder.enter(self) else { return builder.append("...") }
    defer { builder.leave() }
    builder.append("\(kind.rawValue)(")
    try Value.list(try members()).writeRepr(into: &builder, depth: depth + 1)
    builder.append(")")
  }

  override func contains(_ needle: Value) throws -> Bool? {
    kind == .keys ? try value.contains(needle) : nil
  }

  override func isEqual(to other: Value) throws -> Bool {
    guard case .object(let object) = other.payload,
      let view = object as? DictionaryView
    else { return false }
    if view === self { return true }
    guard kind != .values, view.kind != .values else { return false }
    let mine = try members()
    let others = try view.members()
    guard mine.count == others.count else { return false }
    return try mine.allSatisfy { item in
      try others.contains { try $0.isEqual(to: item) }
    }
  }
}
