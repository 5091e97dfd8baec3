// Values between Ansible's world and ours: what YAML holds, as JSON.

import Ansible
import Jinja
import Kubernetes

/// Reads YAML text and Jinja values as JSON.
public enum YAMLValues {
  /// The value of a short YAML text, as typed by an operator.
  ///
  /// Throws `YAMLError`.
  static func json(_ text: String, file: String) throws -> JSON {
    var constructor = YAMLConstructor()
    return json(try constructor.value(of: try YAML.read(text, file: file)))
  }

  /// A value read from YAML, as JSON.
  ///
  /// Keys become text as JSON wants it; what JSON lacks (numbers beyond 64
  /// bits, functions) becomes its text.
  public static func json(_ value: Value) -> JSON {
    switch value.payload {
    case .none, .unknown: return .null
    // What a vault keeps shut: as little known as a template's result.
    case .undefined: return .string(encrypted)
    case .bool(let flag): return .bool(flag)
    case .integer(let number): return .integer(number)
    case .float(let number):
      return number.isFinite ? .number(number) : .string("\(number)")
    case .string(let text), .markup(let text): return .string(text)
    case .list, .tuple:
      return .array(((try? value.sequence()) ?? []).map(json))
    case .dictionary(let dictionary):
      var members: [String: JSON] = [:]
      for entry in (try? dictionary.entries()) ?? [] {
        members[key(entry.key)] = json(entry.value)
      }
      return .object(members)
    case .bigInteger(let number): return .string("\(number)")
    case .function, .object: return .string(value.typeName)
    }
  }

  /// A value to be written as YAML.
  static func value(_ json: JSON) -> Value {
    switch json {
    case .null: .none
    case .bool(let flag): Value(flag)
    case .integer(let number): Value(number)
    case .number(let number): Value(number)
    case .string(let text): Value(text)
    case .array(let items): .list(items.map(value))
    case .object(let members):
      .dictionary(
        members.sorted { $0.key < $1.key }.map { ($0.key, value($0.value)) })
    }
  }

  /// Stands for a vault text that no password opens.
  static let encrypted = "{{ encrypted }}"

  /// The entries of a mapping in the order of the file.
  static func entries(
    _ value: Value
  ) -> [(key: String, value: Value, origin: Origin?)] {
    guard let dictionary = value.dictionary else { return [] }
    return ((try? dictionary.entries()) ?? []).map {
      (key($0.key), $0.value, $0.key.origin ?? $0.value.origin)
    }
  }

  private static func key(_ key: Value) -> String {
    switch json(key) {
    case .string(let text): text
    case let other: other.text()
    }
  }
}

extension SourceLocation {
  /// The place of a value, or the file as a whole where none is known.
  init(_ origin: Origin?, file: String) {
    self.init(
      file: file,
      line: origin.flatMap { $0.line > 0 ? $0.line : nil },
      column: origin.flatMap { $0.column > 0 ? $0.column : nil })
  }
}
