// The filters of Jinja2, by name.

enum BuiltinFilters {
  static let all: [String: Function] = {
    var result = Methods.table(
      text + layout + markup + numbers + sequences + selections + ordering
        + structures)
    for (alias, name) in [
      ("d", "default"), ("e", "escape"), ("count", "length"),
    ] {
      result[alias] = result[name]
    }
    return result
  }()

  /// A value as Jinja2's `soft_str` makes it: markup stays markup.
  static func soft(_ value: Value) throws -> Value {
    value.isString ? value : try value.string()
  }

  /// A filter that does what a method of strings does.
  static func method(
    _ name: String, _ parameters: [Parameter] = [], as method: String? = nil
  ) -> Function {
    let function = Methods.ofString[method ?? name]
    let body: Function.Body = { context, call in
      guard let function else { return call[0] }
      var arguments = call
      arguments.positional[0] = try soft(call[0])
      return try function.call(context, arguments)
    }
    guard let single = function?.single else {
      return Function(
        name, ["value"] + parameters, handlesMarks: true, body: body)
    }
    return Function(
      name, ["value"] + parameters, handlesMarks: true,
      single: { context, value in try single(context, try soft(value)) },
      body: body)
  }

  /// An undefined value as the environment makes it.
  static func undefined(_ hint: String, _ context: Context) -> Value {
    .undefined(hint: hint, policy: context.environment.options.undefined)
  }

  /// Members that are made one by one as they are asked for.
  ///
  /// Ansible gets a list instead.
  static func lazily(
    _ name: String, _ context: Context, _ next: @escaping () throws -> Value?
  ) throws -> Value {
    guard context.environment.options.native == .ansible else {
      return Value(
        IteratorObject(label: "generator object \(name)", next: next))
    }
    var items: [Value] = []
    while let item = try next() { items.append(item) }
    return .fresh(items)
  }

  /// A text for comparisons that do not mind its case.
  static func ignoringCase(_ value: Value) -> Value {
    guard let text = value.text else { return value }
    if case .string = value.payload,
      text.utf8.allSatisfy({ $0 < 0x80 && !(0x41...0x5A).contains($0) })
    {
      return value
    }
    return Value(.string(PythonText.lower(text)), value.annotation?.wholly())
  }

  /// The nearest whole number, as Python's `round` of one argument gives it.
  static func rounded(_ value: Value) throws -> Value {
    let result = try rounded(value, 0)
    guard case .float(let number) = result.payload else { return result }
    guard number.isFinite else {
      throw number.isNaN
        ? TemplateError(.value, "cannot convert float NaN to integer")
        : TemplateError(.overflow, "cannot convert float infinity to integer")
    }
    return Value(BigInteger(number))
  }

  /// Python's `round`.
  static func rounded(_ value: Value, _ digits: Int) throws -> Value {
    if let whole = value.wholeNumber {
      if digits >= 0 { return Value(whole) }
      guard digits > -10_000 else { return 0 }
      let power = try Operators.apply(.power, 10, Value(-digits), Limits())
      guard let unit = power.wholeNumber,
        let (quotient, rest) = whole.dividedDown(by: unit)
      else { return value }
      let twice = rest + rest
      let isOdd = !quotient.magnitude.isEmpty && quotient.magnitude[0] & 1 == 1
      let up = twice > unit || (twice == unit && isOdd)
      return Value((up ? quotient + BigInteger(1) : quotient) * unit)
    }
    guard case .float(let number) = value.payload else {
      if case .undefined(let undefined) = value.payload {
        throw undefined.policy == .chainableStrict
          ? undefined.error
          : TemplateError(
            .type, "type \(undefined.typeName) doesn't define __round__ method")
      }
      throw TemplateError(
        .type, "type \(value.typeName) doesn't define __round__ method")
    }
    return Value(FloatMath.rounded(number, digits: digits))
  }
}
