// Conditions: `when`, `until`, `changed_when`, `failed_when`, `assert`.

import Jinja

/// What a condition turned out to be.
enum Truth: Sendable {
  case yes
  /// False, with the condition that was, as written.
  case no(Value)
  /// Only the run can tell; with the condition that hangs on it.
  case unknown(String)
}

extension VariableScope {
  /// Whether all conditions hold: the first that does not decides.
  ///
  /// Throws ``AnsibleFailure`` for a condition that gives no boolean, and
  /// `TemplateError`.
  func decide(_ conditions: [Value]) throws -> Truth {
    var open: String?
    for condition in conditions {
      let result = try verdict(of: condition)
      if result.isUnknown || result.marks.contains(.unknown) {
        open = open ?? PlainText.of(condition)
      } else if result.boolean == false {
        return .no(condition.unsafe)
      }
    }
    return open.map { .unknown($0) } ?? .yes
  }

  /// The boolean, or unknown value, of one condition.
  func verdict(of condition: Value) throws -> Value {
    if condition.boolean != nil { return condition }
    let place = condition.origin.map { SourcePlace($0, file: $0.file) }
    guard let text = condition.text.map({ String($0.stripped) }) else {
      if condition.isUnknown { return condition }
      throw AnsibleFailure.ofTask(
        "Conditional expressions must be strings.", at: place)
    }
    // A text that came from elsewhere is no expression: it could do anything.
    if condition.marks.contains(.unsafe) { throw Self.untrusted(place) }
    guard !text.isEmpty else {
      throw AnsibleFailure.ofTask(
        "Empty conditional expressions are not allowed.", at: place)
    }
    var result: Value
    do {
      if Templating.isWhollyTemplate(text) {
        result = try template(Value(text).with(origin: condition.origin))
        if let inner = result.text {
          if result.marks.contains(.unsafe) { throw Self.untrusted(place) }
          // Only an expression that a trusted text names may stand there.
          result = try evaluate(inner)
        }
      } else {
        result = try evaluate(text)
      }
    } catch let error as TemplateError {
      let hint =
        text.contains("{{") || text.contains("{%")
        ? " Template delimiters are not supported in expressions:" : ""
      throw AnsibleFailure.ofTask(
        error.kind == .undefined
          ? "Error while evaluating conditional: \(error.message)"
          : error.kind.isKind(of: .syntax)
            ? "Syntax error in expression\(hint.isEmpty ? ":" : "." + hint) "
              + error.message : error.message,
        at: place)
    }
    if result.boolean != nil || result.isUnknown
      || result.deepMarks().contains(.unknown)
    {
      if result.boolean == nil { return .unknown }
      return result
    }
    let truth = (try? isTrue(result)) ?? false
    throw AnsibleFailure.ofTask(
      "Conditional result (\(truth ? "True" : "False")) was derived from value "
        + "of type '\(result.typeName)'"
        + ((result.origin.map { SourcePlace($0, file: $0.file) } ?? place).map {
          " at '\($0)'"
        } ?? "")
        + ". Conditionals must have a boolean result.", at: place)
  }

  private static func untrusted(_ place: SourcePlace?) -> AnsibleFailure {
    .ofTask("Encountered untrusted template or expression.", at: place)
  }

  private func isTrue(_ value: Value) throws -> Bool {
    switch value.payload {
    case .none, .undefined: false
    case .bool(let flag): flag
    case .integer(let number): number != 0
    case .bigInteger: true
    case .float(let number): number != 0
    case .string(let text), .markup(let text): !text.isEmpty
    case .list(let list): !list.isEmpty
    case .tuple(let items): !items.isEmpty
    case .dictionary(let dictionary): !dictionary.isEmpty
    case .object(let object): try object.truth()
    case .function, .unknown: true
    }
  }
}
