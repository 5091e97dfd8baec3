// What a name, attribute or item that does not exist evaluates to.

/// The absence of a value, with the reason for it.
public final class Undefined: Sendable {
  /// What may be done with an undefined value.
  public enum Policy: String, Sendable, CaseIterable {
    /// It prints as nothing, is false and empty; anything else is an error.
    case `default`
    /// As default, and its attributes and items are undefined too.
    case chainable
    /// As default, and it prints the reason.
    case debug
    /// Any use is an error, except to ask whether it is defined.
    case strict
    /// As strict, and its attributes and items are undefined too: Ansible's.
    case chainableStrict
  }

  public let policy: Policy
  /// The reason, where it is not that a name or member is missing.
  public let hint: String?
  /// What has no such member; nil for a name.
  public let object: Value?
  /// The name or the item that is missing.
  public let name: Value?
  /// The class of the error that a use raises.
  public let kind: TemplateError.Kind
  /// Where the template stands that asked for it; nil where its error says
  /// the place.
  public let origin: Origin?

  public init(
    hint: String? = nil, object: Value? = nil, name: Value? = nil,
    policy: Policy = .default, kind: TemplateError.Kind = .undefined,
    origin: Origin? = nil
  ) {
    self.origin = origin
    self.hint = hint
    self.object = object
    self.name = name
    self.policy = policy
    self.kind = kind
  }

  /// The same absence, asked for by the text at `origin`.
  public func asked(at origin: Origin) -> Undefined {
    Undefined(
      hint: hint, object: object, name: name, policy: policy, kind: kind,
      origin: origin)
  }

  var typeName: String {
    switch policy {
    case .default: "Undefined"
    case .chainable: "ChainableUndefined"
    case .debug: "DebugUndefined"
    case .strict, .chainableStrict: "StrictUndefined"
    }
  }

  /// Why it is undefined, in Jinja2's words.
  public var message: String {
    if let hint { return hint }
    let named = name.map { $0.text ?? $0.reprOrPlaceholder } ?? "None"
    guard let object else { return "'\(named)' is undefined" }
    if policy == .chainableStrict, let name, (try? name.truth()) ?? false {
      // Ansible's words.
      return "object of type '\(object.typeName)' has no attribute "
        + name.reprOrPlaceholder
    }
    let holder = object.describedType
    if let name, !name.isString {
      return "\(holder) has no element \(name.reprOrPlaceholder)"
    }
    return "'\(holder)' has no attribute '\(named)'"
  }

  /// The error that a use raises.
  public var error: TemplateError {
    var error = TemplateError(kind, message)
    error.isSecret = name?.marks.contains(.secret) ?? false
    if let origin { error.place(at: origin) }
    return error
  }

  /// Whether its attributes and items are undefined too.
  var isChainable: Bool { policy == .chainable || policy == .chainableStrict }

  /// Whether even printing or testing it is an error.
  var isStrict: Bool { policy == .strict || policy == .chainableStrict }

  /// Throws where the policy forbids to print, test or loop over it.
  func requireDefault() throws {
    if isStrict { throw error }
  }

  /// The text that it prints as.
  func output() throws -> String {
    switch policy {
    case .default, .chainable: return ""
    case .strict, .chainableStrict: throw error
    case .debug:
      let inside: String
      if let hint {
        inside = "undefined value printed: \(hint)"
      } else if let object {
        let item = name?.reprOrPlaceholder ?? "None"
        inside = "no such element: \(object.describedType)[\(item)]"
      } else {
        inside = name.map { $0.text ?? $0.reprOrPlaceholder } ?? "None"
      }
      return "{{ \(inside) }}"
    }
  }
}

extension Value {
  /// An undefined value for a name that nothing defines.
  public static func undefined(
    name: String, policy: Undefined.Policy = .default
  ) -> Value {
    Value(.undefined(Undefined(name: Value(name), policy: policy)))
  }

  /// An undefined value with a reason of one's own.
  public static func undefined(
    hint: String, policy: Undefined.Policy = .default
  ) -> Value {
    Value(.undefined(Undefined(hint: hint, policy: policy)))
  }

  /// The value's type as Jinja2's messages name it.
  var describedType: String {
    switch payload {
    case .none: "None"
    case .undefined: "jinja2.runtime.\(typeName) object"
    case .markup: "markupsafe.Markup object"
    case .bool, .integer, .bigInteger, .float, .string, .list, .tuple,
      .dictionary, .unknown:
      "\(typeName) object"
    case .function(let function): "\(function.qualifiedTypeName) object"
    case .object(let object): "\(object.qualifiedTypeName) object"
    }
  }

  /// Python's repr, or the type where there is none.
  var reprOrPlaceholder: String {
    var builder = TextBuilder()
    builder.limit = 1 << 16
    do {
      try writeRepr(into: &builder)
      return builder.text
    } catch {
      return "<\(typeName)>"
    }
  }
}
