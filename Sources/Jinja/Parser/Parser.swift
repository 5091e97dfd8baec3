// Reads tokens into a syntax tree. Each tag has a file of its own.

/// A parser of one template or expression.
final class Parser {
  private var lexer: Lexer
  let options: Options
  var source: Source { lexer.source }
  private(set) var current: Token
  private var ahead: Token?
  private var depth = 0
  /// Names of the tags that are open.
  private var openTags: [String] = []
  /// The tags that each open body may end with.
  private var endings: [[String]] = []

  init(_ source: Source, _ options: Options) throws {
    lexer = Lexer(source, options)
    self.options = options
    current = try lexer.next()
  }

  init(expression source: Source, _ options: Options) throws {
    lexer = Lexer(expression: source, options)
    self.options = options
    current = try lexer.next()
  }

  // MARK: Tokens

  /// Goes one token ahead and returns the one left behind.
  @discardableResult
  func advance() throws -> Token {
    let token = current
    if let ahead {
      current = ahead
      self.ahead = nil
    } else if current.kind != .end {
      current = try lexer.next()
    }
    return token
  }

  /// The token behind the current one.
  func look() throws -> Token {
    if let ahead { return ahead }
    let token = try lexer.next()
    ahead = token
    return token
  }

  func skip(_ kind: Token.Kind) throws -> Bool {
    guard current.kind == kind else { return false }
    try advance()
    return true
  }

  func skip(name: String) throws -> Bool {
    guard current.isName(name) else { return false }
    try advance()
    return true
  }

  @discardableResult
  func expect(_ kind: Token.Kind) throws -> Token {
    guard current.kind == kind else { throw unexpected(kind.description) }
    return try advance()
  }

  @discardableResult
  func expect(name: String) throws -> Token {
    guard current.isName(name) else { throw unexpected(name) }
    return try advance()
  }

  private func unexpected(_ expected: String) -> TemplateError {
    let wanted = Quoted.repr(expected)
    if current.kind == .end {
      return failure("unexpected end of template, expected \(wanted).")
    }
    return failure(
      "expected token \(wanted), got \(Quoted.repr(current.description))")
  }

  /// An error at a place, or at the current token.
  func failure(
    _ message: String, at position: Position? = nil,
    _ kind: TemplateError.Kind = .syntax
  ) -> TemplateError {
    source.error(kind, message, at: position ?? current.position)
  }

  /// Runs a part of the parser one level deeper, within the limit.
  func nested<T>(_ body: () throws -> T) throws -> T {
    depth += 1
    defer { depth -= 1 }
    if depth > options.limits.nesting { throw tooDeep() }
    return try body()
  }

  /// How many operators, filters or members may follow each other.
  var chainLimit: Int { options.limits.nesting * 3 }

  func tooDeep() -> TemplateError {
    failure(
      "nested deeper than the limit of \(options.limits.nesting)", .limit)
  }

  private func failure(
    _ message: String, _ kind: TemplateError.Kind
  ) -> TemplateError {
    failure(message, at: nil, kind)
  }

  // MARK: Bodies

  /// Reads a whole template.
  func template() throws -> [StatementSyntax] {
    try body(until: nil)
  }

  /// Reads a whole text as one expression.
  func wholeExpression() throws -> ExpressionSyntax {
    let result = try expression()
    if current.kind != .end {
      throw failure("chunk after expression")
    }
    return result
  }

  /// Reads the body of a tag up to one of the tags that end it, which is the
  /// current token then.
  func statements(until ends: [String]) throws -> [StatementSyntax] {
    _ = try skip(.colon)
    try expect(.blockEnd)
    let result = try nested { try body(until: ends) }
    if current.kind == .end {
      endings.append(ends)
      defer { endings.removeLast() }
      throw unknownTag(nil)
    }
    return result
  }

  /// The same, and skips the tag that ends it.
  func statements(endedBy end: String) throws -> [StatementSyntax] {
    let result = try statements(until: [end])
    try advance()
    return result
  }

  private func body(until ends: [String]?) throws -> [StatementSyntax] {
    var result: [StatementSyntax] = []
    var pieces: [OutputSyntax] = []
    var start: Position = 0
    if let ends { endings.append(ends) }
    defer { if ends != nil { endings.removeLast() } }

    func flush() {
      guard !pieces.isEmpty else { return }
      result.append(StatementSyntax(kind: .output(pieces), position: start))
      pieces = []
    }

    while current.kind != .end {
      let token = current
      switch token.kind {
      case .data:
        if pieces.isEmpty { start = token.position }
        pieces.append(.text(token.text, token.position))
        try advance()
      case .variableBegin:
        try advance()
        let value = try tuple()
        if pieces.isEmpty { start = value.position }
        pieces.append(.expression(value))
        try expect(.variableEnd)
      case .blockBegin:
        flush()
        try advance()
        if let ends, current.kind == .name, ends.contains(current.text) {
          return result
        }
        result.append(try statement())
        try expect(.blockEnd)
      default: throw failure("unexpected \(Quoted.repr(token.description))")
      }
    }
    flush()
    return result
  }

  private func statement() throws -> StatementSyntax {
    let token = current
    guard token.kind == .name else { throw failure("tag name expected") }
    openTags.append(token.text)
    defer { openTags.removeLast() }
    let position = token.position
    guard let kind = try tag(token.text) else {
      openTags.removeLast()
      defer { openTags.append(token.text) }
      throw unknownTag(token.text)
    }
    return StatementSyntax(kind: kind, position: position)
  }

  /// Reads the tag of that name; nil where there is none.
  private func tag(_ name: String) throws -> StatementSyntax.Kind? {
    let extensions = options.extensions
    switch name {
    case "for": return try forTag()
    case "if": return try ifTag()
    case "block": return try blockTag()
    case "extends": return try extendsTag()
    case "print": return try printTag()
    case "macro": return try macroTag()
    case "include": return try includeTag()
    case "from": return try fromTag()
    case "import": return try importTag()
    case "set": return try setTag()
    case "with": return try withTag()
    case "autoescape": return try autoescapeTag()
    case "call": return try callTag()
    case "filter": return try filterTag()
    case "do" where extensions.contains(.do): return try doTag()
    case "break" where extensions.contains(.loopControls):
      try advance()
      return .breakLoop
    case "continue" where extensions.contains(.loopControls):
      try advance()
      return .continueLoop
    case "debug" where extensions.contains(.debug):
      try advance()
      return .debug
    case "trans" where extensions.contains(.i18n): return try transTag()
    default: return nil
    }
  }

  private func unknownTag(_ name: String?) -> TemplateError {
    var parts: [String] = []
    if let name {
      parts.append("Encountered unknown tag \(Quoted.repr(name)).")
    } else {
      parts.append("Unexpected end of template.")
    }
    if let looking = endings.last {
      let list = looking.map(Quoted.repr).joined(separator: " or ")
      if let name, endings.contains(where: { $0.contains(name) }) {
        parts.append(
          "You probably made a nesting mistake. Jinja is expecting this tag, but"
            + " currently looking for \(list).")
      } else {
        parts.append("Jinja was looking for the following tags: \(list).")
      }
    }
    if let open = openTags.last {
      parts.append(
        "The innermost block that needs to be closed is \(Quoted.repr(open)).")
    }
    return failure(parts.joined(separator: " "))
  }
}
