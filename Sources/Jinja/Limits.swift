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
  /// Milliseconds of computing.
  ///
  /// Steps differ in what they cost: a search in a long text is one.
  public var computing = 10_000
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

  /// The limits by the names that settings give them.
  private static let names: [String: WritableKeyPath<Limits, Int> & Sendable] =
    [
      "recursion": \.recursion, "nesting": \.nesting, "steps": \.steps,
      "computing": \.computing, "text_size": \.textSize,
      "total_size": \.totalSize,
      "list_size": \.listSize, "range_size": \.rangeSize,
      "integer_bits": \.integerBits,
    ]

  /// Sets the limit that a setting names.
  mutating func set(_ name: String, to value: Int) throws {
    guard let path = Self.names[name] else {
      throw TemplateError(
        .value,
        "there is no limit \(name); there are "
          + Self.names.keys.sorted().joined(separator: ", "))
    }
    // What is inside each other takes stack, of which there is no more.
    let most = name == "nesting" ? Limits().nesting : Int.max
    self[keyPath: path] = min(value, most)
  }

  /// The error for a limit that was reached.
  static func reached(_ what: String) -> TemplateError {
    TemplateError(.limit, what)
  }
}
