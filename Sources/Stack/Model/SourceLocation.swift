// Where in a stack's or a role's files something stands: an error, a value.

/// A place in a file.
///
/// Lines and columns count from 1.
public struct SourceLocation: Sendable, Hashable, CustomStringConvertible {
  /// The path as the operator would type it: relative to the stack for the
  /// stack's own files, else absolute.
  public var file: String
  /// The line, from 1; nil when the file as a whole is meant.
  public var line: Int?
  /// The column in characters, from 1.
  public var column: Int?

  public init(file: String, line: Int? = nil, column: Int? = nil) {
    self.file = file
    self.line = line
    self.column = column
  }

  /// `file:line:column`, as far as known: what editors and terminals link.
  public var description: String {
    var text = file
    if let line {
      text += ":\(line)"
      if let column { text += ":\(column)" }
    }
    return text
  }
}
