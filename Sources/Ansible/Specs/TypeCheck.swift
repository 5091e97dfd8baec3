// The types of parameters and how values are turned into them, by the rules of
// ansible-core's module_utils/common/validation.py.

import Jinja

/// Converts values to the types that specs name.
enum TypeCheck {
  /// Why a value is not of a type, in ansible-core's words.
  struct Mismatch: Error, CustomStringConvertible {
    var description: String
  }

  /// The name of a value's type in messages.
  static func nativeName(_ value: Value) -> String { value.typeName }

  /// The value as `wanted`.
  ///
  /// Throws ``Mismatch``.
  static func convert(_ value: Value, to wanted: String) throws -> Value {
    let converted: Value
    switch wanted {
    case "str":
      converted =
        value.isString
        ? value : value.isNone ? Value("") : Value(try value.str())
    case "list": converted = try list(value)
    case "dict": converted = try dictionary(value)
    case "bool": converted = Value(try checkedBoolean(value))
    case "int": converted = try integer(value)
    case "float": converted = try float(value)
    case "path": converted = Value(expand(try convert(value, to: "str")))
    case "raw": return value
    case "jsonarg", "json": converted = try json(value)
    case "bytes":
      converted = try bytes(value, isBits: false)
    case "bits":
      converted = try bytes(value, isBits: true)
    default: throw Mismatch(description: "'NoneType' object is not callable")
    }
    if converted.marks == value.marks { return converted }
    return value.isString && converted.text == value.text
      ? value : converted.marked(value.marks)
  }

  private static func className(_ value: Value) -> String {
    "<class '\(value.typeName)'>"
  }

  private static func list(_ value: Value) throws -> Value {
    if value.list != nil { return value }
    if let text = value.text {
      return .list(
        text.split(separator: ",", omittingEmptySubsequences: false).map {
          Value(String($0))
        })
    }
    if value.double != nil { return [Value(try value.str())] }
    throw Mismatch(
      description: "\(className(value)) cannot be converted to a list")
  }

  private static func dictionary(_ value: Value) throws -> Value {
    if value.dictionary != nil { return value }
    guard let text = value.text else {
      throw Mismatch(
        description: "\(className(value)) cannot be converted to a dict")
    }
    if text.hasPrefix("{") {
      if let parsed = flow(text), parsed.dictionary != nil { return parsed }
      throw Mismatch(description: "unable to evaluate string as dictionary")
    }
    guard text.contains("=") else {
      throw Mismatch(
        description: "dictionary requested, could not parse JSON or key=value")
    }
    return .dictionary(
      try fields(text).map { field in
        guard let equals = field.firstIndex(of: "=") else {
          throw Mismatch(
            description: "unable to evaluate string in the \"key=value\" "
              + "format as dictionary")
        }
        return (
          String(field[..<equals]),
          Value(String(field[field.index(after: equals)...]))
        )
      })
  }

  /// JSON, or Python's literals as far as YAML's flow style reads them.
  private static func flow(_ text: String) -> Value? {
    var constructor = YAMLConstructor(
      isTrusted: false, knowsAnsibleTags: false)
    guard let document = try? YAML.read(text, file: "<argument>") else {
      return nil
    }
    return try? constructor.value(of: document)
  }

  /// `k1=v1, k2="v 2"` taken apart at commas and blanks outside quotes.
  private static func fields(_ text: String) -> [String] {
    var fields: [String] = []
    var field = ""
    var quote: Character?
    var isEscaped = false
    for character in text.stripped {
      if isEscaped {
        field.append(character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if quote == nil && (character == "'" || character == "\"") {
        quote = character
      } else if let open = quote, open == character {
        quote = nil
      } else if quote == nil && (character == "," || character == " ") {
        if !field.isEmpty { fields.append(field) }
        field = ""
      } else {
        field.append(character)
      }
    }
    if !field.isEmpty { fields.append(field) }
    return fields
  }

  /// The boolean that Ansible takes a value for; nil where it takes it for
  /// none.
  static func boolean(_ value: Value) -> Bool? {
    if let flag = value.boolean { return flag }
    if let text = value.text {
      switch text.lowercased().stripped {
      case "y", "yes", "on", "1", "true", "t": return true
      case "n", "no", "off", "0", "false", "f": return false
      default: return nil
      }
    }
    switch value.double {
    case 1: return true
    case 0: return false
    default: return nil
    }
  }

  private static func checkedBoolean(_ value: Value) throws -> Bool {
    guard value.isString || value.double != nil else {
      throw Mismatch(
        description: "\(className(value)) cannot be converted to a bool")
    }
    guard let flag = boolean(value) else {
      throw Mismatch(
        description: "The value '\(PlainText.masked(value))' is not a valid "
          + "boolean. Valid booleans include: 'y', 'yes', 'on', '1', 'true', "
          + "'t', 1, 'n', 'no', 'off', '0', 'false', 'f', 0")
    }
    return flag
  }

  private static func integer(_ value: Value) throws -> Value {
    switch value.payload {
    case .integer, .bigInteger, .bool: return value
    case .float(let number):
      if let whole = Int(exactly: number) { return Value(whole) }
    case .string(let text), .markup(let text):
      let bare = String(text.stripped).replacing("_", with: "")
      if let whole = Int(bare) { return Value(whole) }
      if let number = Double(bare), let whole = Int(exactly: number),
        bare.first.map({ $0.isNumber || "+-.".contains($0) }) == true,
        !bare.lowercased().hasPrefix("0x")
      {
        return Value(whole)
      }
    default: break
    }
    let shown =
      value.marks.contains(.secret) ? "'********'" : (try? value.repr()) ?? ""
    throw Mismatch(
      description: "\"\(shown)\" cannot be converted to an int")
  }

  private static func float(_ value: Value) throws -> Value {
    if let number = value.double { return Value(number) }
    if let text = value.text {
      let bare = String(text.stripped).replacing("_", with: "")
      if !bare.lowercased().contains("0x"), let number = Double(bare) {
        return Value(number)
      }
    }
    throw Mismatch(
      description: "\(className(value)) cannot be converted to a float")
  }

  private static func expand(_ value: Value) -> String {
    PathExpansion.expand(value.text ?? "")
  }

  private static func json(_ value: Value) throws -> Value {
    if let text = value.text { return Value(String(text.stripped)) }
    if value.list != nil || value.dictionary != nil {
      return Value(try JSONText.python(value))
    }
    throw Mismatch(
      description: "\(className(value)) cannot be converted to a json string")
  }

  private static func bytes(_ value: Value, isBits: Bool) throws -> Value {
    let text = (try? value.str()) ?? ""
    guard let number = ByteSize.parse(text, isBits: isBits) else {
      throw Mismatch(
        description: "\(className(value)) cannot be converted to a "
          + "\(isBits ? "Bit" : "Byte") value")
    }
    return Value(number)
  }
}
