// Methods of Python's bytes. Most are those of text, over a text that stands
// for the bytes: what is no ASCII becomes characters for private use, which are
// neither letters nor digits nor blanks, as such bytes are for Python.

extension Methods {
  static let ofBytes: [String: Function] = methods(
    borrowedNames.map(borrowed) + [
      Function("isascii", ["self"]) { _, call in
        Value(bytes(call[0]).allSatisfy { $0 < 0x80 })
      },
      Function(
        "decode",
        ["self", .init("encoding", "utf-8"), .init("errors", "strict")]
      ) { _, call in
        let name = try Codec.name(
          call[1], "decode() argument 'encoding'")
        let errors = try Codec.name(
          call[2], "decode() argument 'errors'")
        let bytes = bytes(call[0])
        if bytes.isEmpty { return "" }
        return Value(try Codec(name).decode(bytes, errors: errors))
      },
      Function(
        "hex", ["self", .init("sep", Value.none), .init("bytes_per_sep", 1)]
      ) { context, call in
        try hex(bytes(call[0]), call[1], call[2], context.limits)
      },
      Function("fromhex", ["self", "string"]) { _, call in
        let digits = try text(call[1], "fromhex() argument")
        return Value(BytesObject(try fromHex(digits)))
      },
      Function("translate", ["self", "table", .init("delete", nothing)]) {
        _, call in
        let dropped = Set(try like(call[2]))
        let table = call[1].isNone ? nil : try like(call[1])
        if let table, table.count != 256 {
          throw TemplateError(
            .value, "translation table must be 256 characters long")
        }
        return Value(
          BytesObject(
            bytes(call[0]).filter { !dropped.contains($0) }.map {
              table?[Int($0)] ?? $0
            }))
      },
      Function("maketrans", ["self", "from", "to"]) { _, call in
        let from = try like(call[1])
        let to = try like(call[2])
        guard from.count == to.count else {
          throw TemplateError(
            .value, "maketrans arguments must have same length")
        }
        var table = (0...255).map { UInt8($0) }
        for (old, new) in zip(from, to) { table[Int(old)] = new }
        return Value(BytesObject(table))
      },
    ])

  private static let nothing = Value(BytesObject([]))

  /// The methods that text has too.
  private static let borrowedNames = [
    "capitalize", "center", "count", "endswith", "expandtabs", "find", "index",
    "isalnum", "isalpha", "isdigit", "islower", "isspace", "istitle", "isupper",
    "join", "ljust", "lower", "lstrip", "partition", "removeprefix",
    "removesuffix", "replace", "rfind", "rindex", "rjust", "rpartition",
    "rsplit", "rstrip", "split", "splitlines", "startswith", "strip",
    "swapcase", "title", "upper", "zfill",
  ]
  /// Those of them that also look for a byte given as a number.
  private static let searching: Set<String> = [
    "count", "find", "index", "rfind", "rindex",
  ]

  /// The bytes of a value that is such.
  static func bytes(_ value: Value) -> [UInt8] {
    if case .object(let object) = value.payload,
      let bytes = object as? BytesObject
    {
      return bytes.bytes
    }
    return []
  }

  private static func isBytes(_ value: Value) -> Bool {
    if case .object(let object) = value.payload {
      object is BytesObject
    } else {
      false
    }
  }

  /// The bytes of an argument.
  private static func like(_ value: Value) throws -> [UInt8] {
    guard isBytes(value) else {
      throw TemplateError(
        .type, "a bytes-like object is required, not '\(value.typeName)'")
    }
    return bytes(value)
  }

  private static func stand(_ bytes: [UInt8], splitsLines: Bool) -> String {
    var result = String.UnicodeScalarView()
    for byte in bytes {
      let isStrange =
        byte >= 0x80 || (0x1C...0x1F).contains(byte)
        || splitsLines && (byte == 0x0B || byte == 0x0C)
      result.append(
        isStrange
          ? Unicode.Scalar(0xF700 + UInt32(byte)) ?? " " : Unicode.Scalar(byte))
    }
    return String(result)
  }

  private static func bytes(of text: String) -> [UInt8] {
    text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
  }

  private static func borrowed(_ name: String) -> Function {
    let method = ofString[name]
    let splitsLines = name == "splitlines"
    @Sendable func given(_ value: Value) throws -> Value {
      if isBytes(value) {
        return Value(stand(bytes(value), splitsLines: splitsLines))
      }
      if value.isString {
        throw TemplateError(.type, "a bytes-like object is required, not 'str'")
      }
      return value
    }
    @Sendable func result(_ value: Value) throws -> Value {
      switch value.payload {
      case .string(let text): Value(BytesObject(bytes(of: text)))
      case .tuple(let items): .tuple(try items.map(result))
      case .list(let list): .fresh(try list.elements().map(result))
      default: value
      }
    }
    return Function(
      name, ["self"], isVariadic: true
    ) { context, call in
      var arguments = Arguments(
        [], keywords: try call.keywords.map { ($0.name, try given($0.value)) })
      if searching.contains(name) {
        for value in call.positional.dropFirst(2) { _ = try integer(value) }
      }
      for (place, value) in call.positional.enumerated() {
        if place == 1, searching.contains(name), let code = value.wholeNumber {
          guard let byte = code.asInt.flatMap({ UInt8(exactly: $0) }) else {
            throw TemplateError(.value, "byte must be in range(0, 256)")
          }
          arguments.positional.append(
            Value(stand([byte], splitsLines: false)))
        } else if place == 1, name == "join" {
          arguments.positional.append(
            .tuple(try value.members().map(given)))
        } else if place == 1, case .tuple(let items) = value.payload {
          arguments.positional.append(.tuple(try items.map(given)))
        } else {
          arguments.positional.append(try given(value))
        }
      }
      guard let method else { return .none }
      return try result(try method.call(context, arguments))
    }
  }

  private static func hex(
    _ bytes: [UInt8], _ separator: Value, _ size: Value, _ limits: Limits
  ) throws -> Value {
    let size = try integer(size) ?? 1
    guard Int32(exactly: size) != nil else {
      throw TemplateError(
        .overflow, "Python int too large to convert to C int")
    }
    var mark: UInt8?
    if !separator.isNone {
      let given: [UInt8]
      if let text = separator.text {
        guard text.unicodeScalars.allSatisfy(\.isASCII) else {
          throw TemplateError(.value, "sep must be ASCII.")
        }
        given = Array(text.utf8)
      } else if isBytes(separator) {
        given = Self.bytes(separator)
      } else {
        if let count = try separator.length(), count != 1 {
          throw TemplateError(.value, "sep must be length 1.")
        }
        throw TemplateError(.type, "sep must be str or bytes.")
      }
      guard given.count == 1, given[0] < 0x80 else {
        throw TemplateError(.value, "sep must be length 1.")
      }
      mark = given[0]
    }
    try limits.check(text: bytes.count * 3)
    let digits = Array("0123456789abcdef".utf8)
    var result: [UInt8] = []
    for (place, byte) in bytes.enumerated() {
      if let mark, size != 0, place > 0 {
        let step = Int(clamping: size.magnitude)
        let before = size > 0 ? bytes.count - place : place
        if before % step == 0 { result.append(mark) }
      }
      result.append(digits[Int(byte >> 4)])
      result.append(digits[Int(byte & 15)])
    }
    return Value(String(decoding: result, as: UTF8.self))
  }

  private static func fromHex(_ text: String) throws -> [UInt8] {
    var result: [UInt8] = []
    var high: UInt8?
    for (place, scalar) in text.unicodeScalars.enumerated() {
      if high == nil, scalar.isASCII, Whitespace.contains(scalar),
        !(0x1C...0x1F).contains(scalar.value)
      {
        continue
      }
      guard let digit = Character(scalar).hexDigitValue, scalar.isASCII else {
        throw TemplateError(
          .value,
          "non-hexadecimal number found in fromhex() arg at position \(place)")
      }
      if let first = high {
        result.append(first << 4 | UInt8(digit))
        high = nil
      } else {
        high = UInt8(digit)
      }
    }
    if high != nil {
      throw TemplateError(
        .value, "non-hexadecimal number found in fromhex() arg")
    }
    return result
  }
}
