// `vars` and `hostvars`: all variables of a task under one name.

import Jinja

/// The variables of a scope as a mapping, without copying them.
final class ScopeObject: Object, @unchecked Sendable {
  private let scope: VariableScope

  init(_ scope: VariableScope) { self.scope = scope }

  override var typeName: String { "dict" }
  override var isMapping: Bool { true }
  override func length() throws -> Int? { scope.names.count }
  override func item(_ key: Value) throws -> Value? {
    try key.text.flatMap { try scope.value(of: $0) }
  }
  override func attribute(_ name: String) throws -> Value? {
    switch name {
    case "keys":
      let names = scope.names.map { Value($0) }
      return Value(Function("keys") { _, _ in .list(names) })
    case "get":
      return Value(
        Function("get", ["key", Parameter("default", Value.none)]) {
          [self] _, arguments in
          try item(arguments[0]) ?? arguments[1]
        })
    default: return try scope.value(of: name)
    }
  }
  override func contains(_ value: Value) throws -> Bool? {
    value.text.map { scope.defines($0) }
  }
  override var isIterable: Bool { true }
  override func iterate() throws -> (() throws -> Value?)? {
    var rest = scope.names[...]
    return { rest.popFirst().map { Value($0) } }
  }
}

/// `hostvars`: the variables of the only host, under each of its names.
final class HostVariables: Object, @unchecked Sendable {
  private let variables: ScopeObject
  private let hosts = ["localhost", "127.0.0.1", "::1"]

  init(_ scope: VariableScope) { variables = ScopeObject(scope) }

  override var typeName: String { "HostVars" }
  override var isMapping: Bool { true }
  override func length() throws -> Int? { 1 }
  override func item(_ key: Value) throws -> Value? {
    guard let name = key.text, hosts.contains(name) else { return nil }
    return Value(variables)
  }
  override func attribute(_ name: String) throws -> Value? {
    try item(Value(name))
  }
  override func contains(_ value: Value) throws -> Bool? {
    value.text.map { hosts.contains($0) }
  }
  override var isIterable: Bool { true }
  override func iterate() throws -> (() throws -> Value?)? {
    var rest: [Value] = ["localhost"]
    return { rest.popLast() }
  }
}
