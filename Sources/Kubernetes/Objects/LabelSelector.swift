// Label and field selectors: which objects belong together
// (kubernetes.io/docs/concepts/overview/working-with-objects/labels).

/// A condition on labels, from an object's `selector` or a query's text.
public struct LabelSelector: Hashable, Sendable {
  public enum Requirement: Hashable, Sendable {
    case `in`(String, Set<String>)
    case notIn(String, Set<String>)
    case exists(String)
    case notExists(String)
  }

  /// All must hold.
  public var requirements: [Requirement]

  public init(_ requirements: [Requirement] = []) {
    self.requirements = requirements
  }

  /// The plain form of Services and ReplicationControllers.
  public init(labels: [String: String]) {
    requirements = labels.sorted { $0.key < $1.key }
      .map { .in($0.key, [$0.value]) }
  }

  /// Reads a LabelSelector object; nil when an expression is unknown.
  ///
  /// An empty selector matches everything.
  public init?(_ json: JSON) {
    self.init(labels: json["matchLabels"]?.strings ?? [:])
    for expression in json["matchExpressions"]?.array ?? [] {
      guard let key = expression["key"]?.string else { return nil }
      let values = Set(
        expression["values"]?.array?.compactMap(\.string) ?? [])
      switch expression["operator"]?.string {
      case "In": requirements.append(.in(key, values))
      case "NotIn": requirements.append(.notIn(key, values))
      case "Exists": requirements.append(.exists(key))
      case "DoesNotExist": requirements.append(.notExists(key))
      default: return nil
      }
    }
  }

  public func matches(_ labels: [String: String]) -> Bool {
    requirements.allSatisfy { requirement in
      switch requirement {
      case .in(let key, let values):
        labels[key].map(values.contains) ?? false
      case .notIn(let key, let values):
        labels[key].map { !values.contains($0) } ?? true
      case .exists(let key): labels[key] != nil
      case .notExists(let key): labels[key] == nil
      }
    }
  }
}

extension LabelSelector {
  /// Reads the text form of a query.
  /// - Throws: `ClusterError` as the API server would (400 BadRequest).
  public init(parsing text: String) throws {
    func broken(_ part: some StringProtocol) -> ClusterError {
      ClusterError(
        code: 400, reason: "BadRequest",
        message: "unable to parse label selector requirement: \(part)")
    }
    requirements = []
    for part in Self.requirementTexts(text) {
      requirements.append(
        try Self.requirement(part) ?? { throw broken(part) }())
    }
  }

  /// The requirements of a selector text: commas inside parentheses stay.
  private static func requirementTexts(_ text: String) -> [Substring] {
    var parts: [Substring] = []
    var depth = 0
    var start = text.startIndex
    for index in text.indices {
      switch text[index] {
      case "(": depth += 1
      case ")": depth -= 1
      case "," where depth == 0:
        parts.append(text[start..<index])
        start = text.index(after: index)
      default: break
      }
    }
    parts.append(text[start...])
    return parts.map(trimmed).filter { !$0.isEmpty }
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop { $0 == " " }
    while text.last == " " { text.removeLast() }
    return text
  }

  private static func requirement(_ text: Substring) -> Requirement? {
    func key(_ text: Substring) -> String? {
      let key = trimmed(text)
      return key.isEmpty || key.contains(where: { "()=!, ".contains($0) })
        ? nil : String(key)
    }
    if text.hasSuffix(")"), let open = text.firstIndex(of: "(") {
      let head = text[..<open].split(separator: " ")
      let list = text[text.index(after: open)...].dropLast()
      let values = Set(
        list.split(separator: ",", omittingEmptySubsequences: false)
          .map { String(trimmed($0)) })
      guard head.count == 2, let key = key(head[0]) else { return nil }
      switch head[1] {
      case "in": return .in(key, values)
      case "notin": return .notIn(key, values)
      default: return nil
      }
    }
    if text.hasPrefix("!") {
      return key(text.dropFirst()).map { .notExists($0) }
    }
    guard let equals = text.firstIndex(of: "=") else {
      return key(text).map { .exists($0) }
    }
    let value = String(
      trimmed(text[equals...].drop { $0 == "=" }))
    let head = text[..<equals]
    if head.hasSuffix("!") {
      return key(head.dropLast()).map { .notIn($0, [value]) }
    }
    return key(head).map { .in($0, [value]) }
  }
}

/// A query's condition on fields, such as `metadata.name=x,spec.nodeName!=y`.
public struct FieldSelector: Hashable, Sendable {
  public struct Term: Hashable, Sendable {
    /// Member names from the object's top.
    public var path: [String]
    public var value: String
    public var isEqual: Bool
  }

  public var terms: [Term] = []

  /// Reads the text form of a query.
  /// - Throws: `ClusterError` as the API server would (400 BadRequest).
  public init(parsing text: String) throws {
    for part in text.split(separator: ",") {
      guard let equals = part.firstIndex(of: "=") else {
        throw ClusterError(
          code: 400, reason: "BadRequest",
          message: "invalid field selector requirement: \(part)")
      }
      var head = part[..<equals]
      let isEqual = !head.hasSuffix("!")
      if !isEqual { head.removeLast() }
      let value = part[equals...].drop { $0 == "=" }
      terms.append(
        Term(
          path: head.split(separator: ".").map(String.init),
          value: String(value), isEqual: isEqual))
    }
  }

  /// Whether an object's fields match; a missing field reads as empty.
  public func matches(_ object: KubernetesObject) -> Bool {
    terms.allSatisfy { term in
      let found: String
      switch object.json.value(at: term.path) {
      case .string(let text): found = text
      case .bool(let value): found = value ? "true" : "false"
      case .integer(let value): found = String(value)
      default: found = ""
      }
      return (found == term.value) == term.isEqual
    }
  }
}
