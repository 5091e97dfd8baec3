// Values as they go to the API and back: JSON, with the places of secrets and
// of what is not known yet kept beside it.

import Jinja
import Kubernetes

/// JSON made of a value, and where in it secrets and unknowns stand.
struct Manifest: Sendable {
  var json: JSON
  /// JSON Pointers of unknown parts.
  var unknown: [String] = []
  var secrets: [SecretSpan] = []

  /// The JSON of a value.
  ///
  /// Throws `TemplateError` for what has no JSON.
  init(_ value: Value) throws {
    var builder = Builder()
    json = try builder.json(value, at: "", inherited: [])
    unknown = builder.unknown
    secrets = builder.secrets
  }

  private struct Builder {
    var unknown: [String] = []
    var secrets: [SecretSpan] = []

    mutating func json(
      _ value: Value, at pointer: String, inherited: Marks
    ) throws -> JSON {
      let own = value.isString ? [] : value.marks
      let marks = inherited.union(own)
      switch value.payload {
      case .unknown:
        unknown.append(pointer)
        return .string(Value.unknownPlaceholder)
      case .none: return .null
      case .bool(let flag): return .bool(flag)
      case .integer(let number):
        note(marks, at: pointer)
        return .integer(number)
      case .float(let number):
        note(marks, at: pointer)
        return .number(number)
      case .bigInteger(let number): return .number(number.asDouble)
      case .string(let text), .markup(let text):
        spans(value, text, at: pointer, inherited: inherited)
        return .string(text)
      case .list, .tuple:
        var elements: [JSON] = []
        for (index, item) in (try value.sequence() ?? []).enumerated() {
          elements.append(
            try json(item, at: "\(pointer)/\(index)", inherited: marks))
        }
        return .array(elements)
      case .dictionary(let dictionary):
        var members: [String: JSON] = [:]
        members.reserveCapacity(dictionary.count)
        for (key, item) in try dictionary.entries() {
          let name = try Self.name(key)
          members[name] = try json(
            item, at: "\(pointer)/\(JSON.pointerPart(name))",
            inherited: marks)
        }
        return .object(members)
      case .undefined(let undefined): throw undefined.error
      case .object, .function:
        let text = try value.str()
        note(marks, at: pointer)
        return .string(text)
      }
    }

    /// A key as Python's json writes it.
    private static func name(_ key: Value) throws -> String {
      switch key.payload {
      case .none: "null"
      case .bool(let flag): flag ? "true" : "false"
      default: try key.str()
      }
    }

    private mutating func note(_ marks: Marks, at pointer: String) {
      if marks.contains(.unknown) { unknown.append(pointer) }
    }

    private mutating func spans(
      _ value: Value, _ text: String, at pointer: String, inherited: Marks
    ) {
      let count = text.utf8.count
      if inherited.contains(.secret), count > 0 {
        secrets.append(SecretSpan(pointer: pointer, range: 0..<count))
      }
      var isUnknown = inherited.contains(.unknown)
      for span in value.spans {
        if span.marks.contains(.unknown) { isUnknown = true }
        if span.marks.contains(.secret), !inherited.contains(.secret) {
          secrets.append(SecretSpan(pointer: pointer, range: span.range))
        }
      }
      if isUnknown { unknown.append(pointer) }
    }
  }
}

extension JSON {
  /// The value that a template sees, with unknown parts unknown and the data
  /// of Secrets secret.
  func templateValue(unknown: UnknownFields = UnknownFields()) -> Jinja.Value {
    var pointers: [[String]] = []
    for pointer in unknown.pointers {
      if let parts = try? JSON.pointerParts(pointer) { pointers.append(parts) }
    }
    let isSecret =
      self["kind"]?.string == "Secret" && self["apiVersion"]?.string == "v1"
    return templateValue(
      pointers, secretBelow: isSecret ? ["data", "stringData"] : [])
  }

  private func templateValue(
    _ unknown: [[String]], secretBelow: Set<String> = [], isSecret: Bool = false
  ) -> Jinja.Value {
    if unknown.contains(where: \.isEmpty) { return Jinja.Value.unknown }
    func marked(_ value: Jinja.Value) -> Jinja.Value {
      isSecret ? value.marked(.secret) : value
    }
    switch self {
    case .null: return Jinja.Value.none
    case .bool(let flag): return Jinja.Value(flag)
    case .integer(let number): return marked(Jinja.Value(number))
    case .number(let number): return marked(Jinja.Value(number))
    case .string(let text): return marked(Jinja.Value(text))
    case .array(let elements):
      return Jinja.Value.list(
        elements.enumerated().map { index, element in
          element.templateValue(
            Self.below(String(index), unknown), isSecret: isSecret)
        })
    case .object(let members):
      var entries = members.sorted { $0.key < $1.key }.map { key, member in
        (
          key,
          member.templateValue(
            Self.below(key, unknown),
            isSecret: isSecret || secretBelow.contains(key))
        )
      }
      for path in unknown
      where path.first.map({ members[$0] == nil }) ?? false {
        entries.append((path[0], Jinja.Value.unknown))
      }
      return Jinja.Value.dictionary(entries)
    }
  }

  private static func below(_ key: String, _ pointers: [[String]])
    -> [[String]]
  {
    pointers.isEmpty
      ? []
      : pointers.compactMap { $0.first == key ? Array($0.dropFirst()) : nil }
  }
}
