// `ansible.utils.update_fact`: copies of variables with values put at paths in
// them.

import Jinja

struct UpdateFactModule: Module {
  let names = ["ansible.utils.update_fact"]

  private static let spec = ValidationSpec([
    "updates": .init(
      "list", elements: "dict", required: true,
      options: [
        "path": .init("str", required: true),
        "value": .init("raw", required: true),
      ])
  ])

  /// One step of a path: a name, or a number.
  private enum Step {
    case name(String)
    case number(Int)

    var value: Value {
      switch self {
      case .name(let name): Value(name)
      case .number(let number): Value(number)
      }
    }
  }

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    var facts: [(String, Value)] = []
    var isChanged = false
    for update in try arguments["updates"]?.sequence() ?? [] {
      let path = try update.member("path")?.text ?? ""
      let value = try update.member("value") ?? .none
      let steps = Self.steps(path)
      guard case .name(let name)? = steps.first,
        let now = try facts.first(where: { $0.0 == name })?.1
          ?? call.scope.value(of: name)
      else {
        throw AnsibleFailure("'\(path)' was not found in the current facts.")
      }
      let after = try Self.putting(value, at: steps.dropFirst(), in: now)
      if try !after.isEqual(to: now) { isChanged = true }
      facts.removeAll { $0.0 == name }
      facts.append((name, after))
    }
    var result = ModuleResult(changed: isChanged)
    for (name, value) in facts { result.values[name] = value }
    return result
  }

  /// The parts of `a.b[0]['c']`.
  private static func steps(_ path: String) -> [Step] {
    var steps: [Step] = []
    var field = ""
    var isInside = false
    func end() {
      guard !field.isEmpty else { return }
      if let number = Int(field) {
        steps.append(.number(number))
      } else {
        steps.append(.name(field.filter { $0 != "'" && $0 != "\"" }))
      }
      field = ""
    }
    for character in path {
      switch character {
      case "[" where !isInside:
        end()
        isInside = true
      case "]" where isInside:
        end()
        isInside = false
      case "." where !isInside: end()
      default: field.append(character)
      }
    }
    end()
    return steps
  }

  private static func putting(
    _ value: Value, at path: ArraySlice<Step>, in object: Value
  ) throws -> Value {
    guard let first = path.first else { return value }
    let rest = path.dropFirst()
    if let dictionary = object.dictionary {
      var entries = try dictionary.entries().map { ($0.key, $0.value) }
      let index = try entries.firstIndex { try $0.0.isEqual(to: first.value) }
      guard let index else {
        guard rest.isEmpty else { throw missing(first, object) }
        entries.append((first.value, value))
        return Value(.dictionary(try ValueDictionary(pairs: entries)))
      }
      entries[index].1 = try putting(value, at: rest, in: entries[index].1)
      return Value(.dictionary(try ValueDictionary(pairs: entries)))
    }
    guard !object.isString, var items = try? object.sequence() else {
      throw AnsibleFailure("update_fact can only modify mutable objects.")
    }
    guard case .number(let number) = first else {
      throw rest.isEmpty
        ? AnsibleFailure(
          "Error: \(PlainText.of(object)) is a list, but index provided was "
            + "not an integer: '\(PlainText.of(first.value))'")
        : missing(first, object)
    }
    let index = number < 0 ? number + items.count : number
    if index == items.count, rest.isEmpty {
      items.append(value)
    } else if items.indices.contains(index) {
      items[index] = try putting(value, at: rest, in: items[index])
    } else {
      throw rest.isEmpty
        ? AnsibleFailure(
          "Error: \(PlainText.of(object)) not long enough for item #\(number) "
            + "to be set.")
        : missing(first, object)
    }
    return .list(items)
  }

  private static func missing(_ step: Step, _ object: Value) -> AnsibleFailure {
    AnsibleFailure(
      "Error: the key '\(PlainText.of(step.value))' was not found in "
        + "\(PlainText.of(object)).")
  }
}
