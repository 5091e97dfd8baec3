// What goes wrong in a template: what, where, and the line it stands on.

/// An error of a template, of the class that Jinja2 or Python would raise.
public struct TemplateError: Error, Sendable, CustomStringConvertible {
  /// The class of an error, by the name that Python gives it.
  ///
  /// An embedder may make its own.
  public struct Kind: Sendable, Hashable {
    public var name: String
    public init(_ name: String) { self.name = name }

    public static let syntax = Kind("TemplateSyntaxError")
    public static let assertion = Kind("TemplateAssertionError")
    public static let undefined = Kind("UndefinedError")
    public static let notFound = Kind("TemplateNotFound")
    public static let noneFound = Kind("TemplatesNotFound")
    public static let runtime = Kind("TemplateRuntimeError")
    public static let filterArgument = Kind("FilterArgumentError")
    public static let security = Kind("SecurityError")
    public static let type = Kind("TypeError")
    public static let value = Kind("ValueError")
    public static let attribute = Kind("AttributeError")
    public static let key = Kind("KeyError")
    public static let index = Kind("IndexError")
    public static let zeroDivision = Kind("ZeroDivisionError")
    public static let overflow = Kind("OverflowError")
    public static let recursion = Kind("RecursionError")
    public static let lookup = Kind("LookupError")
    public static let encoding = Kind("UnicodeEncodeError")
    public static let decoding = Kind("UnicodeDecodeError")
    /// A limit of ``Limits`` was reached; Jinja2 has no such class.
    public static let limit = Kind("LimitError")

    /// Whether a handler for `other` would catch this, as Python's classes
    /// inherit from each other.
    public func isKind(of other: Kind) -> Bool {
      if self == other { return true }
      return Self.parents[self]?.isKind(of: other) ?? false
    }

    private static let parents: [Kind: Kind] = [
      .assertion: .syntax, .noneFound: .notFound, .undefined: .runtime,
      .security: .runtime, .filterArgument: .runtime, .key: .lookup,
      .index: .lookup, .recursion: Kind("RuntimeError"),
      .zeroDivision: Kind("ArithmeticError"),
      .overflow: Kind("ArithmeticError"), .encoding: .value, .decoding: .value,
    ]
  }

  public var kind: Kind
  public var message: String
  /// The name of the template; nil where it has none.
  public var template: String?
  /// The line in the template, counted from 1; 0 where it is not known.
  public var line: Int
  /// The column in that line, counted from 1 in characters; 0 where it is not
  /// known.
  public var column: Int
  /// The text of that line.
  public var sourceLine: String?
  /// Whether the message may hold text that must not be shown.
  public var isSecret = false
  /// Whether the place is that of a statement, which stays, and not just that
  /// of an expression inside one.
  var isPlaced = false

  private static let longestMessage = 1 << 16

  public init(
    _ kind: Kind, _ message: String, template: String? = nil, line: Int = 0,
    column: Int = 0, sourceLine: String? = nil
  ) {
    self.kind = kind
    // Messages quote values, and nobody reads megabytes.
    self.message =
      message.utf8.count <= Self.longestMessage
      ? message
      : String(message.unicodeScalars.prefix(Self.longestMessage / 16)) + "..."
    self.template = template
    self.line = line
    self.column = column
    self.sourceLine = sourceLine
  }

  /// Says where the text stands that it is about: templates around that one
  /// leave the place as it is.
  public mutating func place(at origin: Origin) {
    template = origin.file
    line = origin.line
    column = origin.column
    isPlaced = true
  }

  /// `template:line:column: Kind: message`, as far as the place is known.
  public var description: String {
    var place = template ?? "<template>"
    if line > 0 { place += ":\(line)" }
    if line > 0 && column > 0 { place += ":\(column)" }
    return "\(place): \(kind.name): \(message)"
  }
}

/// Thrown inside the engine where a decision hangs on an unknown value.
///
/// The nearest operator, call or statement catches it and is unknown itself.
///
/// An embedder's filter may throw it for the same effect.
public struct UnknownValue: Error, Sendable {
  public init() {}
}
