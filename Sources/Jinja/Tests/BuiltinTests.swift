// The tests of Jinja2, by name.

enum BuiltinTests {
  static let all: [String: Function] = [:]
}
