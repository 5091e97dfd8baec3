// What is wrong with a YAML text, and where.

import Jinja

/// A text that is not YAML, or YAML whose content cannot be used.
public struct YAMLError: Error, Sendable, Hashable, CustomStringConvertible {
  public var file: String
  /// Counted from 1.
  public var line: Int
  public var column: Int
  /// One sentence without a full stop.
  public var problem: String
  /// What was being read when the problem showed, as libyaml says it.
  public var context: String?
  /// The line of the text at `line`, nil where it is beyond the end.
  public var sourceLine: String?
  /// What to do, where the usual cause is known.
  public var hint: String?

  /// Makes an error; `text` is the whole text, from which the line is taken.
  public init(
    file: String, line: Int, column: Int, problem: String,
    context: String? = nil, text: [UInt8] = []
  ) {
    self.file = file
    self.line = line
    self.column = column
    self.problem = problem
    self.context = context
    self.sourceLine = Self.line(line, of: text)
  }

  /// `file:line:column: problem`, then the line with a caret under the place.
  public var description: String {
    var text = "\(file):\(line):\(column): \(problem)"
    if let context { text += " (\(context))" }
    if let sourceLine, column > 0, column <= sourceLine.unicodeScalars.count + 1
    {
      let lines = SourceExcerpt.lines(of: sourceLine, column: column)
      text += "\n  " + lines.replacing("\n", with: "\n  ")
    }
    if let hint { text += "\n  \(hint)" }
    return text
  }

  private static func line(_ number: Int, of text: [UInt8]) -> String? {
    var current = 1
    var start = 0
    while current < number {
      guard let end = text[start...].firstIndex(of: 0x0A) else { return nil }
      start = end + 1
      current += 1
    }
    guard start < text.count else { return nil }
    var end = text[start...].firstIndex(of: 0x0A) ?? text.endIndex
    if end > start, text[end - 1] == 0x0D { end -= 1 }
    return String(decoding: text[start..<end], as: UTF8.self)
  }
}
