// Values as people read them in messages.

import Jinja

/// Text made of values for messages.
enum PlainText {
  /// What Python's `str()` makes of the value, its type where that fails.
  static func of(_ value: Value) -> String {
    (try? value.str()) ?? "<\(value.typeName)>"
  }

  /// What stands for a secret.
  static let mask = "********"

  /// The same with every secret part as asterisks.
  static func masked(_ value: Value) -> String {
    let text = (try? value.string()) ?? Value("<\(value.typeName)>")
    guard value.deepMarks().contains(.secret) else { return text.text ?? "" }
    guard let plain = text.text, value.isString else { return mask }
    var bytes = Array(plain.utf8)
    for span in text.spans.reversed() where span.marks.contains(.secret) {
      bytes.replaceSubrange(span.range, with: mask.utf8)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
