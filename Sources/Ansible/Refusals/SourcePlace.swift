// Where in a project's files something stands.

/// A place in a file of a project; line and column count from 1.
public struct SourcePlace: Sendable, Hashable, Comparable,
  CustomStringConvertible
{
  /// The path as the engine read it.
  public var file: String
  /// The line, 0 where the file as a whole is meant.
  public var line: Int
  /// The column in characters, 0 where the line as a whole is meant.
  public var column: Int

  /// A place; without a line the file as a whole.
  public init(file: String, line: Int = 0, column: Int = 0) {
    self.file = file
    self.line = line
    self.column = column
  }

  /// `file:line:column`, as far as known.
  public var description: String {
    guard line > 0 else { return file }
    return column > 0 ? "\(file):\(line):\(column)" : "\(file):\(line)"
  }

  public static func < (a: SourcePlace, b: SourcePlace) -> Bool {
    (a.file, a.line, a.column) < (b.file, b.line, b.column)
  }
}
