// The methods of Python's built-in types that templates call.

enum Methods {
  /// The method of that name of a value's type; its first argument is the
  /// value.
  ///
  /// Nil where there is none.
  static func find(_ name: String, on value: Value) -> Function? {
    switch value.payload {
    case .string: ofString[name]
    case .markup: ofMarkup[name] ?? ofString[name]
    case .list: ofList[name]
    case .tuple: ofTuple[name]
    case .dictionary: ofDictionary[name]
    case .integer, .bigInteger, .bool: ofInteger[name]
    case .float: ofFloat[name]
    default: nil
    }
  }

  /// An attribute that is no method.
  static func property(_ name: String, of value: Value) throws -> Value? {
    switch value.payload {
    case .integer, .bigInteger, .bool:
      switch name {
      case "real", "numerator": try Operators.positive(value)
      case "imag": 0
      case "denominator": 1
      default: nil
      }
    case .float(let number):
      switch name {
      case "real": value
      case "imag": Value(number.isNaN ? 0.0 : 0.0)
      default: nil
      }
    default: nil
    }
  }

  /// Python's `value[key]` where a missing item is an error.
  static func requiredItem(_ key: Value, of value: Value) throws -> Value {
    if let found = try value.subscripted(key) {
      return found.marked(value.marks(within: found))
    }
    switch value.payload {
    case .dictionary: throw TemplateError(.key, try key.repr())
    case .list, .tuple, .string, .markup:
      if key.integer == nil {
        throw TemplateError(
          .type,
          "\(value.typeName) indices must be integers or slices, not"
            + " \(key.typeName)")
      }
      let name = value.isString ? "string" : value.typeName
      throw TemplateError(.index, "\(name) index out of range")
    case .undefined(let undefined):
      if undefined.isChainable { return value }
      throw undefined.error
    default: throw value.notSubscriptable
    }
  }

  static func table(_ functions: [Function]) -> [String: Function] {
    var result: [String: Function] = [:]
    for function in functions { result[function.name] = function }
    return result
  }

  /// Methods by name, which take arguments by place alone but for those of
  /// which Python also knows the arguments' names.
  static func methods(_ functions: [Function]) -> [String: Function] {
    for function in functions {
      function.takesKeywords = takingKeywords.contains(function.name)
    }
    return table(functions)
  }

  private static let takingKeywords: Set<String> = [
    "decode", "encode", "expandtabs", "format", "from_bytes", "hex", "rsplit",
    "sort", "split", "splitlines", "to_bytes", "update",
  ]

  /// A whole number given as an argument; nil for None.
  static func integer(_ value: Value) throws -> Int? {
    if value.isNone { return nil }
    if let integer = value.integer { return integer }
    if let big = value.wholeNumber { return big.isNegative ? Int.min : Int.max }
    if value.isUnknown { throw UnknownValue() }
    try value.requireKnownName()
    throw TemplateError(
      .type, "'\(value.typeName)' object cannot be interpreted as an integer")
  }

  /// A whole number given as an argument that counts: of 64 bits, never None.
  static func size(_ value: Value) throws -> Int {
    guard let size = try integer(value) else {
      throw TemplateError(
        .type, "'NoneType' object cannot be interpreted as an integer")
    }
    if value.integer == nil {
      throw TemplateError(
        .overflow, "Python int too large to convert to C ssize_t")
    }
    return size
  }

  /// A text given as an argument.
  static func text(_ value: Value, _ place: String) throws -> String {
    if let text = value.text { return text }
    if value.isUnknown { throw UnknownValue() }
    try value.requireKnownName()
    throw TemplateError(
      .type, "\(place) must be str, not \(value.typeName)")
  }
}

/// The methods of one name, found once for each type.
struct MethodsByType {
  private let ofString: Function?
  private let ofMarkup: Function?
  private let ofList: Function?
  private let ofTuple: Function?
  private let ofDictionary: Function?
  private let ofInteger: Function?
  private let ofFloat: Function?

  init(_ name: String) {
    ofString = Methods.ofString[name]
    ofMarkup = Methods.ofMarkup[name] ?? ofString
    ofList = Methods.ofList[name]
    ofTuple = Methods.ofTuple[name]
    ofDictionary = Methods.ofDictionary[name]
    ofInteger = Methods.ofInteger[name]
    ofFloat = Methods.ofFloat[name]
  }

  /// The method of a value's type; nil where there is none.
  @inline(__always)
  func find(on value: Value) -> Function? {
    switch value.payload {
    case .string: ofString
    case .markup: ofMarkup
    case .list: ofList
    case .tuple: ofTuple
    case .dictionary: ofDictionary
    case .integer, .bigInteger, .bool: ofInteger
    case .float: ofFloat
    default: nil
    }
  }
}
