// The globals of Jinja2, by name.

enum BuiltinGlobals {
  static let all: [String: Value] = [:]
}
