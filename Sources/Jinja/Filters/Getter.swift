// `attribute=`: how filters reach into the members of a sequence.

/// Reads an attribute such as `metadata.name` or `0` of values.
struct Getter {
  private let parts: [Value]
  private let context: Context
  private let fallback: Value?

  /// Takes a dotted name, an index, or None for the value itself; `fallback`
  /// stands in for an attribute that does not exist.
  init(
    _ attribute: Value, _ context: Context, fallback: Value? = nil
  ) throws {
    self.context = context
    self.fallback = fallback.flatMap { $0.isNone ? nil : $0 }
    if let text = attribute.text {
      parts = try Self.split(text)
    } else {
      parts = attribute.isNone ? [] : [attribute]
    }
  }

  private static func split(_ text: String) throws -> [Value] {
    try text.split(separator: ".", omittingEmptySubsequences: false).map {
      part in
      guard !part.isEmpty, part.unicodeScalars.allSatisfy(PythonText.isDigit)
      else { return Value(String(part)) }
      let number = try NumberReading.integer(String(part), base: 10, Limits())
      guard let number else {
        throw TemplateError(
          .value,
          "invalid literal for int() with base 10: \(Quoted.repr(String(part)))"
        )
      }
      return Value(number)
    }
  }

  func value(of item: Value) throws -> Value {
    var item = item
    for part in parts {
      if let name = part.text, case .dictionary(let dictionary) = item.payload,
        let found = try dictionary.value(forKey: name)
      {
        item = item.isMarked ? found.marked(item.marks) : found
      } else {
        item = try Members.item(part, of: item, context)
      }
      if let fallback, item.isUndefined { item = fallback }
    }
    return item
  }

  /// Getters for several attributes that commas part.
  static func several(_ attribute: Value, _ context: Context) throws
    -> [Getter]
  {
    guard let text = attribute.text else {
      return [try Getter(attribute, context)]
    }
    return try text.split(separator: ",", omittingEmptySubsequences: false).map
    {
      try Getter(Value(String($0)), context)
    }
  }
}
