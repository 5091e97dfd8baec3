// Newlines at the end of a template: Jinja drops the last one, and Ansible puts
// back as many as the rendered text lacks (ansible-core's _engine.py).

import Jinja

enum TrailingNewlines {
  /// A rendered value with no fewer newlines at its end than the template has;
  /// what is no text stays as it is.
  static func keep(
    of source: String, in value: Value, _ sequence: String = "\n"
  ) -> Value {
    let wanted = count(source)
    guard wanted > 0, case .string(let text) = value.payload else {
      return value
    }
    let missing = wanted - count(text)
    guard missing > 0 else { return value }
    let longer = Value(
      text + String(repeating: sequence, count: missing)
    ).marked(value.spans)
    return value.origin.map { longer.with(origin: $0) } ?? longer
  }

  private static func count(_ text: String) -> Int {
    text.utf8.reversed().prefix { $0 == 0x0A }.count
  }
}
