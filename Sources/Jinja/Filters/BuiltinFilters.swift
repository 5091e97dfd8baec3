// The filters of Jinja2, by name.

enum BuiltinFilters {
  static let all: [String: Function] = [:]
}
