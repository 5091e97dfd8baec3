// Python's `text % values`.

enum PercentFormat {
  private struct Directive {
    var key: Value?
    var leftAligned = false
    var plus = false
    var space = false
    var alternate = false
    var zero = false
    var width: Int?
    var precision: Int?
    var conversion: Unicode.Scalar = "s"
  }

  /// Formats with one value, a tuple of them, or a dictionary.
  ///
  /// - Throws: ``TemplateError`` of the class that Python raises.
  static func format(
    _ format: Value, _ values: Value, _ limits: Limits
  ) throws -> Value {
    guard let text = format.text else { return .none }
    if values.isUnknown { return .unknown }
    var state = State(values, isMarkup: format.isMarkup)
    var out = TextBuilder()
    let spans = format.spans
    var offset = 0
    let scalars = Array(text.unicodeScalars)
    var at = 0
    while at < scalars.count {
      let start = out.count
      let from = offset
      if scalars[at] != "%" {
        out.append(String(scalars[at]))
        offset += scalars[at].utf8Width
        at += 1
      } else {
        let begin = at
        at += 1
        if at < scalars.count, scalars[at] == "%" {
          out.append("%")
          at += 1
        } else {
          let directive = try parse(scalars, &at, &state)
          try write(directive, &state, &out, limits, at - 1)
        }
        offset += scalars[begin..<at].reduce(0) { $0 + $1.utf8Width }
      }
      for span in spans where span.range.overlaps(from..<max(offset, from + 1))
      {
        out.mark(from: start, span.marks)
      }
      try limits.check(text: out.count)
    }
    try state.checkUsed()
    return format.isMarkup ? out.markup : out.value
  }

  /// The values that are still to be used.
  private struct State {
    let values: Value
    let isMarkup: Bool
    private let items: [Value]
    private var next = 0
    private let isMapping: Bool
    var usedKeys = false

    init(_ values: Value, isMarkup: Bool) {
      self.values = values
      self.isMarkup = isMarkup
      if case .tuple(let items) = values.plainTuple.payload {
        self.items = items
        isMapping = false
      } else {
        items = [values]
        switch values.payload {
        case .dictionary, .list: isMapping = true
        case .object(let object):
          isMapping =
            object.isMapping || object is RangeObject || object is BytesObject
            || object is SelfObject
        // It has items as far as Python can see.
        case .undefined: isMapping = true
        default: isMapping = false
        }
      }
    }

    mutating func take() throws -> Value {
      guard next < items.count else {
        throw TemplateError(
          .type, "not enough arguments for format string")
      }
      next += 1
      return items[next - 1]
    }

    func requireMapping() throws {
      if !isMapping {
        throw TemplateError(.type, "format requires a mapping")
      }
    }

    func member(_ key: String) throws -> Value {
      if case .undefined(let undefined) = values.payload {
        if undefined.isChainable { return values }
        throw undefined.error
      }
      guard let dictionary = values.dictionary else {
        throw TemplateError(
          .type,
          "\(values.typeName) indices must be integers or slices, not str")
      }
      guard let value = try dictionary.value(forKey: key) else {
        throw TemplateError(.key, Quoted.repr(key))
      }
      return value
    }

    func checkUsed() throws {
      if next < items.count && !isMapping && !usedKeys {
        throw TemplateError(
          .type, "not all arguments converted during string formatting")
      }
    }
  }

  private static func parse(
    _ scalars: [Unicode.Scalar], _ at: inout Int, _ state: inout State
  ) throws -> Directive {
    func incomplete() -> TemplateError {
      TemplateError(.value, "incomplete format")
    }
    var result = Directive()
    guard at < scalars.count else { throw incomplete() }
    if scalars[at] == "(" {
      try state.requireMapping()
      var depth = 1
      let start = at + 1
      at = start
      while at < scalars.count {
        if scalars[at] == "(" { depth += 1 }
        if scalars[at] == ")" { depth -= 1 }
        if depth == 0 { break }
        at += 1
      }
      guard at < scalars.count else {
        throw TemplateError(.value, "incomplete format key")
      }
      var key = String.UnicodeScalarView()
      key.append(contentsOf: scalars[start..<at])
      state.usedKeys = true
      result.key = try state.member(String(key))
      at += 1
    }
    flags: while at < scalars.count {
      switch scalars[at] {
      case "-": result.leftAligned = true
      case "+": result.plus = true
      case " ": result.space = true
      case "#": result.alternate = true
      case "0": result.zero = true
      default: break flags
      }
      at += 1
    }
    func number() throws -> Int? {
      guard at < scalars.count else { return nil }
      if scalars[at] == "*" {
        at += 1
        let taken = try state.take()
        if taken.integer == nil, taken.wholeNumber != nil {
          throw TemplateError(
            .overflow, "Python int too large to convert to C ssize_t")
        }
        guard let value = taken.integer else {
          throw TemplateError(.type, "* wants int")
        }
        return value
      }
      var value: Int?
      while at < scalars.count, ("0"..."9").contains(scalars[at]) {
        value = min(
          (value ?? 0) * 10 + Int(scalars[at].value) - 48, 1 << 40)
        at += 1
      }
      return value
    }
    if let width = try number() {
      if width < 0 { result.leftAligned = true }
      result.width = abs(width)
    }
    if at < scalars.count, scalars[at] == "." {
      at += 1
      result.precision = max(0, try number() ?? 0)
    }
    while at < scalars.count, ["h", "l", "L"].contains(scalars[at]) { at += 1 }
    guard at < scalars.count else { throw incomplete() }
    result.conversion = scalars[at]
    at += 1
    return result
  }

  private static func write(
    _ directive: Directive, _ state: inout State, _ out: inout TextBuilder,
    _ limits: Limits, _ place: Int
  ) throws {
    try limits.check(text: max(directive.width ?? 0, directive.precision ?? 0))
    let known: Set<Unicode.Scalar> = [
      "d", "i", "u", "o", "x", "X", "e", "E", "f", "F", "g", "G", "c", "r", "s",
      "a",
    ]
    let value = try directive.key ?? state.take()
    guard known.contains(directive.conversion) else {
      let hex = String(directive.conversion.value, radix: 16)
      throw TemplateError(
        .value,
        "unsupported format character '\(Character(directive.conversion))'"
          + " (0x\(hex)) at index \(place)")
    }
    if value.isUnknown {
      try out.append(.unknown)
      return
    }
    switch directive.conversion {
    case "s", "r", "a":
      var text =
        directive.conversion == "s" ? try value.string() : try Self.repr(value)
      if directive.conversion == "a" {
        text = Value(
          .string(Self.ascii(text.text ?? "")), text.annotation?.wholly())
      }
      if state.isMarkup {
        text = try Escaping.escaped(directive.conversion == "s" ? value : text)
      }
      if let precision = directive.precision {
        text = try text.sliced(.none, Value(precision), .none)
      }
      try pad(text, directive, &out)
    case "c":
      let text: String
      if let code = value.integer {
        guard code >= 0, code <= 0x10FFFF else {
          throw TemplateError(.overflow, "%c arg not in range(0x110000)")
        }
        text = String(Unicode.Scalar(UInt32(code)) ?? "\u{FFFD}")
      } else if case .bigInteger = value.payload {
        throw TemplateError(.overflow, "%c arg not in range(0x110000)")
      } else if let string = value.text, string.unicodeScalars.count == 1 {
        text = string
      } else {
        throw TemplateError(.type, "%c requires int or char")
      }
      try pad(Value(text).marked(value.marks), directive, &out)
    default:
      let text = try number(value, directive)
      let (sign, digits) = text
      let count = sign.utf8.count + digits.utf8.count
      let width = directive.width ?? 0
      let start = out.count
      if directive.zero && !directive.leftAligned && width > count {
        out.append(sign)
        out.append(String(repeating: "0", count: width - count))
        out.append(digits)
        out.mark(from: start, value.marks)
      } else {
        try pad(Value(sign + digits).marked(value.marks), directive, &out)
      }
    }
  }

  private static func repr(_ value: Value) throws -> Value {
    var builder = TextBuilder()
    try value.writeRepr(into: &builder)
    builder.mark(from: 0, value.marks)
    return builder.value
  }

  static func ascii(_ text: String) -> String {
    text.unicodeScalars.map { $0.isASCII ? String($0) : Quoted.escape($0) }
      .joined()
  }

  private static func pad(
    _ text: Value, _ directive: Directive, _ out: inout TextBuilder
  ) throws {
    let count = text.text?.unicodeScalars.count ?? 0
    let blanks = String(
      repeating: " ", count: max(0, (directive.width ?? 0) - count))
    if !directive.leftAligned { out.append(blanks) }
    try out.append(text)
    if directive.leftAligned { out.append(blanks) }
  }

  /// Sign and digits of a number.
  private static func number(
    _ value: Value, _ directive: Directive
  ) throws -> (String, String) {
    let kind = directive.conversion
    // An undefined value refuses to be made a number, but as an index it is
    // none to begin with.
    if case .undefined(let undefined) = value.payload,
      !["o", "x", "X"].contains(kind)
    {
      throw undefined.error
    }
    func signed(_ isNegative: Bool) -> String {
      isNegative ? "-" : directive.plus ? "+" : directive.space ? " " : ""
    }
    switch kind {
    case "d", "i", "u", "o", "x", "X":
      var whole: BigInteger
      if let integer = value.wholeNumber {
        whole = integer
      } else if case .float(let number) = value.payload,
        ["d", "i", "u"].contains(kind)
      {
        guard number.isFinite else {
          throw number.isNaN
            ? TemplateError(.value, "cannot convert float NaN to integer")
            : TemplateError(
              .overflow, "cannot convert float infinity to integer")
        }
        whole = BigInteger(number)
      } else {
        let wanted =
          ["d", "i", "u"].contains(kind) ? "a real number" : "an integer"
        throw TemplateError(
          .type,
          "%\(Character(kind)) format: \(wanted) is required, not"
            + " \(value.typeName)")
      }
      let isNegative = whole.isNegative
      whole.isNegative = false
      var digits: String
      var prefix = ""
      switch kind {
      case "o":
        digits = whole.text(radix: 8)
        if directive.alternate { prefix = "0o" }
      case "x", "X":
        digits = whole.text(radix: 16)
        if kind == "X" { digits = digits.uppercased() }
        if directive.alternate { prefix = kind == "x" ? "0x" : "0X" }
      default: digits = try whole.decimal()
      }
      if let precision = directive.precision, digits.utf8.count < precision {
        digits =
          String(repeating: "0", count: precision - digits.utf8.count) + digits
      }
      return (signed(isNegative) + prefix, digits)
    default:
      guard value.isNumber, let number = value.double else {
        throw TemplateError(
          .type, "must be real number, not \(value.typeName)")
      }
      let size = number.magnitude
      let precision = directive.precision ?? 6
      var text: String
      if number.isNaN {
        text = "nan"
      } else if number.isInfinite {
        text = "inf"
      } else {
        switch kind {
        case "e", "E": text = Decimal.scientific(size, digits: precision)
        case "f", "F": text = Decimal.fixed(size, digits: precision)
        default:
          text = Decimal.general(
            size, digits: precision, keepsZeros: directive.alternate)
        }
      }
      if directive.alternate && number.isFinite { text = Decimal.pointed(text) }
      if ["E", "F", "G"].contains(kind) { text = text.uppercased() }
      return (signed(number.sign == .minus && !number.isNaN), text)
    }
  }
}
