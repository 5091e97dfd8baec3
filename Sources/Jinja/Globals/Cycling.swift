// What cycler() and joiner() make.

final class CyclerObject: Object, @unchecked Sendable {
  private let items: [Value]
  private var at = 0

  init(_ items: [Value]) { self.items = items }

  override var typeName: String { "Cycler" }
  override var qualifiedTypeName: String { "jinja2.utils.Cycler" }
  override var heldValues: [Value] { items }

  override func attribute(_ name: String) -> Value? {
    switch name {
    case "current": items[at]
    case "items": .tuple(items)
    case "pos": Value(at)
    case "next":
      Value(
        Function("next", [], handlesMarks: true) { [self] _, _ in
          defer { at = (at + 1) % items.count }
          return items[at]
        })
    case "reset":
      Value(
        Function("reset", []) { [self] _, _ in
          at = 0
          return .none
        })
    default: nil
    }
  }
}

final class JoinerObject: Object, @unchecked Sendable {
  private let separator: Value
  private var isUsed = false

  init(_ separator: Value) { self.separator = separator }

  override var typeName: String { "Joiner" }
  override var qualifiedTypeName: String { "jinja2.utils.Joiner" }
  override var isCallable: Bool { true }
  override var heldValues: [Value] { [separator] }

  override func attribute(_ name: String) -> Value? {
    switch name {
    case "sep": separator
    case "used": Value(isUsed)
    default: nil
    }
  }

  override func call(_ context: Context, _ arguments: Arguments) -> Value? {
    if isUsed { return separator }
    isUsed = true
    return ""
  }
}
