// The text of a template, and where its lines are.

/// A template's text with newlines as `\n`, and its name.
struct Source: Sendable {
  let bytes: [UInt8]
  let name: String?

  /// Takes the text as Jinja2's lexer does: every kind of newline becomes
  /// `\n`, and the last one goes unless it is to be kept.
  init(_ text: String, name: String?, keepsTrailingNewline: Bool) {
    var bytes = Array(text.utf8)
    if bytes.contains(0x0D) {
      var result: [UInt8] = []
      result.reserveCapacity(bytes.count)
      for (at, byte) in bytes.enumerated() {
        if byte == 0x0D {
          result.append(0x0A)
        } else if byte != 0x0A || at == 0 || bytes[at - 1] != 0x0D {
          result.append(byte)
        }
      }
      bytes = result
    }
    if !keepsTrailingNewline && bytes.last == 0x0A { bytes.removeLast() }
    self.bytes = bytes
    self.name = name
  }

  /// The text with its newlines as `\n`.
  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// A place in a text that has a name.
  func origin(of position: Position) -> Origin? {
    guard let name else { return nil }
    let (line, column, _) = place(of: position)
    return Origin(file: name, line: line, column: column)
  }

  /// The line, counted from 1, of a place.
  func line(at position: Position) -> Int {
    let end = min(Int(position), bytes.count)
    return 1 + bytes[0..<max(0, end)].count { $0 == 0x0A }
  }

  /// Line, column and text of the line of a place.
  func place(of position: Position) -> (line: Int, column: Int, text: String) {
    let at = max(0, min(Int(position), bytes.count))
    let start = bytes[0..<at].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let end = bytes[at...].firstIndex(of: 0x0A) ?? bytes.count
    return (
      line(at: position),
      String(decoding: bytes[start..<at], as: UTF8.self).unicodeScalars.count
        + 1,
      String(decoding: bytes[start..<end], as: UTF8.self)
    )
  }

  /// An error with its place in this template.
  func error(
    _ kind: TemplateError.Kind, _ message: String, at position: Position
  ) -> TemplateError {
    var error = locate(TemplateError(kind, message), at: position)
    error.isPlaced = true
    return error
  }

  /// The same error in the line of a statement, as Jinja2 reports it: the
  /// column stays where the expression at fault is in that line.
  func place(_ error: TemplateError, at position: Position) -> TemplateError {
    guard !error.isPlaced else { return error }
    var error = error
    if error.line != line(at: position) {
      error.line = 0
      error = locate(error, at: position)
    }
    error.isPlaced = true
    return error
  }

  /// The same error with its place, where it has none yet.
  func locate(_ error: TemplateError, at position: Position) -> TemplateError {
    guard error.line == 0 else { return error }
    var error = error
    let place = place(of: position)
    error.template = name
    error.line = place.line
    error.column = place.column
    error.sourceLine = place.text
    return error
  }
}
