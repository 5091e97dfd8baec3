// The globals of Jinja2, by name.

enum BuiltinGlobals {
  static let all: [String: Value] = [
    "range": Value(range), "dict": Value(dict), "lipsum": Value(lipsum),
    "cycler": Value(cycler), "joiner": Value(joiner),
    "namespace": Value(namespace),
  ]

  private static let range = ClassFunction("range") { context, call in
    if !call.keywords.isEmpty {
      throw TemplateError(.type, "range() takes no keyword arguments")
    }
    let numbers = try call.positional.map { argument -> Int in
      guard let number = try Methods.integer(argument), !argument.isNone else {
        throw TemplateError(
          .type,
          "'\(argument.typeName)' object cannot be interpreted as an integer")
      }
      return number
    }
    let result: RangeObject
    switch numbers.count {
    case 1: result = RangeObject(0, numbers[0], 1)
    case 2: result = RangeObject(numbers[0], numbers[1], 1)
    case 3:
      if numbers[2] == 0 {
        throw TemplateError(.value, "range() arg 3 must not be zero")
      }
      result = RangeObject(numbers[0], numbers[1], numbers[2])
    case 0:
      throw TemplateError(.type, "range expected at least 1 argument, got 0")
    default:
      throw TemplateError(
        .type, "range expected at most 3 arguments, got \(numbers.count)")
    }
    // Ansible's sandbox has Python's own range.
    if context.environment.options.isSandboxed,
      context.environment.options.native != .ansible, result.count > 100_000
    {
      throw TemplateError(
        .overflow,
        "Range too big. The sandbox blocks ranges larger than"
          + " MAX_RANGE=100000.")
    }
    if result.count > context.limits.rangeSize {
      throw Limits.reached(
        "a range of more than \(context.limits.rangeSize) members")
    }
    return Value(result)
  }

  private static func dictionary(
    _ name: String, _ call: Arguments
  ) throws -> ValueDictionary {
    if call.positional.count > 1 {
      throw TemplateError(
        .type,
        "\(name) expected at most 1 argument, got \(call.positional.count)")
    }
    let result = ValueDictionary(mutable: ())
    if let first = call.positional.first {
      if case .undefined(let undefined) = first.payload {
        throw undefined.error
      }
      try Methods.merge(first, into: result)
    }
    for (name, value) in call.keywords { result.set(Value(name), value) }
    return result
  }

  private static let dict = ClassFunction("dict") { _, call in
    Value(.dictionary(try dictionary("dict", call)))
  }

  private static let namespace = ClassFunction("namespace") { _, call in
    let result = NamespaceObject()
    for (key, value) in try dictionary("dict", call).entries() {
      try result.attributes.insert(key, value)
    }
    return Value(result)
  }

  private static let cycler = ClassFunction("cycler") { _, call in
    if let keyword = call.keywords.first {
      throw TemplateError(
        .type,
        "Cycler.__init__() got an unexpected keyword argument"
          + " '\(keyword.name)'")
    }
    if call.positional.isEmpty {
      throw TemplateError(
        TemplateError.Kind("RuntimeError"),
        "at least one item has to be provided")
    }
    return Value(CyclerObject(call.positional))
  }

  private static let joiner = Function("joiner", [.init("sep", ", ")]) {
    _, call in
    Value(JoinerObject(call[0]))
  }

  private static let lipsum = Function(
    "lipsum",
    [.init("n", 5), .init("html", true), .init("min", 20), .init("max", 100)]
  ) { context, call in
    try LoremIpsum.text(
      paragraphs: try Methods.integer(call[0]) ?? 5,
      html: try call[1].truth(), minimum: try Methods.integer(call[2]) ?? 20,
      maximum: try Methods.integer(call[3]) ?? 100, context)
  }
}

/// A class: calling it makes an object.
final class ClassFunction: Function, @unchecked Sendable {
  init(_ name: String, body: @escaping Body) {
    super.init(
      name, acceptsUndefined: true, handlesMarks: true, acceptsUnknown: true,
      body: body)
  }

  override var typeName: String { "type" }
  override func repr() -> String {
    switch name {
    case "namespace": "<class 'jinja2.utils.Namespace'>"
    case "cycler": "<class 'jinja2.utils.Cycler'>"
    default: "<class '\(name)'>"
    }
  }

  override func attribute(_ attribute: String) -> Value? {
    guard name == "dict", attribute == "fromkeys" else { return nil }
    return Value(
      Function("fromkeys", ["keys", .init("value", Value.none)]) { _, call in
        let result = ValueDictionary(mutable: ())
        for key in try call[0].members() { try result.insert(key, call[1]) }
        return Value(.dictionary(result))
      })
  }
}
