// How much a template may use. Templates come from strangers: whatever they
// do ends in an error within these limits.

/// The limits of one render.
public struct Limits: Sendable, Equatable {
  /// Calls, includes, blocks and lazy values inside each other.
  public var recursion = 200
  /// Expressions and statements inside each other in the source.
  public var nesting = 150
  /// Steps: statements run, items looped over, calls made.
  public var steps = 50_000_000
  /// Bytes of output, and of any one string.
  public var textSize = 64 << 20
  /// Bytes of all long strings and lists together that a render makes.
  public var totalSize = 512 << 20
  /// Members of a list that one operation makes (`range`, `*`, `batch`, …).
  public var listSize = 10_000_000
  /// Members of a `range`; Jinja2's sandbox has 100,000.
  public var rangeSize = 10_000_000
  /// Bits of a whole number.
  public var integerBits = 1 << 17

  public init() {}

  /// The error for a limit that was reached.
  static func reached(_ what: String) -> TemplateError {
    TemplateError(.limit, what)
  }
}
