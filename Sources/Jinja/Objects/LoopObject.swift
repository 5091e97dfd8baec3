// `loop`: what the body of a loop knows of it.

final class LoopObject: Object, @unchecked Sendable {
  private let items: [Value]
  private let recursion: RecursiveLoop?
  private let policy: Undefined.Policy
  var at = 0
  private var lastChanged: [Value]?

  init(
    _ items: [Value], _ recursion: RecursiveLoop?, _ policy: Undefined.Policy
  ) {
    self.items = items
    self.recursion = recursion
    self.policy = policy
  }

  override var typeName: String { "LoopContext" }
  override var qualifiedTypeName: String { "jinja2.runtime.LoopContext" }
  override func repr() -> String { "<LoopContext \(at + 1)/\(items.count)>" }
  override func length() -> Int? { items.count }
  override var isCallable: Bool { true }

  override func attribute(_ name: String) throws -> Value? {
    switch name {
    case "index": Value(at + 1)
    case "index0": Value(at)
    case "revindex": Value(items.count - at)
    case "revindex0": Value(items.count - at - 1)
    case "first": Value(at == 0)
    case "last": Value(at == items.count - 1)
    case "length": Value(items.count)
    case "depth": Value((recursion?.depth ?? 0) + 1)
    case "depth0": Value(recursion?.depth ?? 0)
    case "previtem":
      at > 0
        ? items[at - 1]
        : .undefined(hint: "there is no previous item", policy: policy)
    case "nextitem":
      at + 1 < items.count
        ? items[at + 1]
        : .undefined(hint: "there is no next item", policy: policy)
    case "cycle":
      Value(
        Function("cycle", handlesMarks: true, acceptsUnknown: true) {
          [self] _, arguments in
          guard !arguments.positional.isEmpty else {
            throw TemplateError(.type, "no items for cycling given")
          }
          return arguments[at % arguments.positional.count]
        })
    case "changed":
      Value(
        Function("changed") { [self] _, arguments in
          if let lastChanged,
            try Value.tuple(lastChanged).isEqual(
              to: .tuple(arguments.positional))
          {
            return .false
          }
          lastChanged = arguments.positional
          return .true
        })
    default: nil
    }
  }

  override func call(
    _ context: Context, _ arguments: Arguments
  ) throws -> Value? {
    guard let recursion else {
      throw TemplateError(
        .type,
        "The loop must have the 'recursive' marker to be called recursively.")
    }
    guard let items = arguments.positional.first ?? arguments["iterable"] else {
      throw TemplateError(
        .type,
        "LoopContext.__call__() missing 1 required positional argument:"
          + " 'iterable'")
    }
    return try recursion.deeper().render(items)
  }
}
