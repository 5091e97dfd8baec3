// `loop`: what the body of a loop knows of it.

final class LoopObject: Object, @unchecked Sendable {
  private let source: LoopSource
  private let recursion: RecursiveLoop?
  private let policy: Undefined.Policy
  private var at: Int { source.at }
  private var lastChanged: [Value]?

  init(
    _ source: LoopSource, _ recursion: RecursiveLoop?,
    _ policy: Undefined.Policy
  ) {
    self.source = source
    self.recursion = recursion
    self.policy = policy
  }

  override var typeName: String { "LoopContext" }
  override var qualifiedTypeName: String { "jinja2.runtime.LoopContext" }
  override func repr() throws -> String {
    "<LoopContext \(at + 1)/\(try source.count())>"
  }
  override func length() throws -> Int? { try source.count() }
  override var isCallable: Bool { true }

  override func attribute(_ name: String) throws -> Value? {
    switch name {
    case "index": Value(at + 1)
    case "index0": Value(at)
    case "revindex": Value(try source.count() - at)
    case "revindex0": Value(try source.count() - at - 1)
    case "first": Value(at == 0)
    case "last": Value(try source.following() == nil)
    case "length": Value(try source.count())
    case "depth": Value((recursion?.depth ?? 0) + 1)
    case "depth0": Value(recursion?.depth ?? 0)
    case "previtem":
      source.previous
        ?? .undefined(hint: "there is no previous item", policy: policy)
    case "nextitem":
      try source.following()
        ?? .undefined(hint: "there is no next item", policy: policy)
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
        Function("changed") { [self] context, arguments in
          // What was changed since is the same object still.
          if let lastChanged,
            try Value.tuple(try lastChanged.map(context.state.current)).isEqual(
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
