// JMESPath (https://jmespath.org/specification.html), the query language of
// `json_query`.

import Jinja

/// A parsed query.
struct JMESPath {
  /// What is wrong with a query, or with the values it met.
  struct Failure: Error {
    var message: String
  }

  /// A node of the query.
  indirect enum Node {
    case current
    case literal(Value)
    case field(String)
    case index(Int)
    case slice(Int?, Int?, Int?)
    /// The right side applied to the result of the left.
    case chain(Node, Node)
    case pipe(Node, Node)
    case listProjection(Node, Node)
    case valueProjection(Node, Node)
    case filterProjection(Node, condition: Node, Node)
    case flatten(Node)
    case or(Node, Node)
    case and(Node, Node)
    case not(Node)
    case comparison(String, Node, Node)
    case multiList([Node])
    case multiHash([(String, Node)])
    case call(String, [Node])
    case reference(Node)
  }

  private let root: Node

  /// Parses a query.
  init(_ query: String) throws {
    var parser = try JMESParser(query)
    root = try parser.parse()
  }

  /// What the query finds in `value`; `none` for nothing.
  func search(_ value: Value) throws -> Value {
    try JMESEvaluator.evaluate(root, value)
  }
}

/// Words of a query.
private enum Token: Equatable {
  case name(String)
  case quoted(String)
  case raw(String)
  case literal(String)
  case number(Int)
  case symbol(String)
  case end
}

/// Reads a query by the binding powers of the specification's grammar.
private struct JMESParser {
  private var tokens: [(token: Token, place: Int)] = []
  private var at = 0
  private let query: String
  private var depth = 0

  init(_ query: String) throws {
    self.query = query
    try scan()
    guard tokens.count > 1 else {
      throw JMESPath.Failure(message: "Invalid JMESPath expression: empty")
    }
  }

  private func failure(_ problem: String, at place: Int) -> JMESPath.Failure {
    JMESPath.Failure(
      message: "\(problem) at column \(place) of the expression \(query)")
  }

  // MARK: Words

  private mutating func scan() throws {
    let text = Array(query.unicodeScalars)
    var at = 0
    func string(_ range: Range<Int>) -> String {
      String(String.UnicodeScalarView(text[range]))
    }
    func isNameStart(_ scalar: Unicode.Scalar) -> Bool {
      scalar == "_" || ("a"..."z").contains(scalar)
        || ("A"..."Z").contains(scalar)
    }
    func isDigit(_ scalar: Unicode.Scalar) -> Bool {
      ("0"..."9").contains(scalar)
    }
    while at < text.count {
      let scalar = text[at]
      let start = at
      switch scalar {
      case " ", "\t", "\n", "\r": at += 1
      case _ where isNameStart(scalar):
        while at < text.count, isNameStart(text[at]) || isDigit(text[at]) {
          at += 1
        }
        tokens.append((.name(string(start..<at)), start))
      case _ where isDigit(scalar) || scalar == "-":
        at += 1
        while at < text.count, isDigit(text[at]) { at += 1 }
        guard let number = Int(string(start..<at)) else {
          throw failure("a number is expected", at: start)
        }
        tokens.append((.number(number), start))
      case "'", "`", "\"":
        at += 1
        while at < text.count, text[at] != scalar {
          at += text[at] == "\\" ? 2 : 1
        }
        guard at < text.count else {
          throw failure("an unclosed \(Character(scalar)) begins", at: start)
        }
        let inside = string(start + 1..<at)
        at += 1
        switch scalar {
        case "'":
          tokens.append((.raw(inside.replacing("\\'", with: "'")), start))
        case "`":
          tokens.append((.literal(inside.replacing("\\`", with: "`")), start))
        default:
          let json = Array("\"\(inside)\"".utf8)
          guard let name = try? JSONReader.value(of: json).text else {
            throw failure("a name in quotes is damaged", at: start)
          }
          tokens.append((.quoted(name), start))
        }
      default:
        let two = string(at..<min(at + 2, text.count))
        if ["[?", "[]", "||", "&&", "==", "!=", "<=", ">="].contains(two) {
          tokens.append((.symbol(two), start))
          at += 2
        } else if ".*[](){},:@&|!<>".unicodeScalars.contains(scalar) {
          tokens.append((.symbol(String(Character(scalar))), start))
          at += 1
        } else {
          throw failure("\(Character(scalar)) is not expected", at: start)
        }
      }
    }
    tokens.append((.end, text.count))
  }

  private var token: Token { tokens[at].token }
  private var place: Int { tokens[at].place }

  private mutating func advance() -> Token {
    let current = token
    if at < tokens.count - 1 { at += 1 }
    return current
  }

  private mutating func take(_ symbol: String) -> Bool {
    guard token == .symbol(symbol) else { return false }
    _ = advance()
    return true
  }

  private mutating func expect(_ symbol: String) throws {
    guard take(symbol) else {
      throw failure("\(symbol) is expected", at: place)
    }
  }

  // MARK: Grammar

  private static let powers: [String: Int] = [
    "|": 1, "||": 2, "&&": 3, "==": 5, "!=": 5, "<": 5, "<=": 5, ">": 5,
    ">=": 5, "[]": 9, "*": 20, "[?": 21, ".": 40, "!": 45, "{": 50, "[": 55,
    "(": 60,
  ]

  private var power: Int {
    if case .symbol(let symbol) = token { return Self.powers[symbol] ?? 0 }
    return 0
  }

  mutating func parse() throws -> JMESPath.Node {
    let node = try expression(0)
    guard token == .end else {
      throw failure("the expression should end", at: place)
    }
    return node
  }

  private mutating func expression(_ minimum: Int) throws -> JMESPath.Node {
    depth += 1
    defer { depth -= 1 }
    guard depth < 100 else {
      throw failure("the expression is nested too deeply", at: place)
    }
    var left = try prefix()
    while minimum < power { left = try infix(left) }
    return left
  }

  private mutating func prefix() throws -> JMESPath.Node {
    let start = place
    switch advance() {
    case .name(let name): return .field(name)
    case .quoted(let name):
      if token == .symbol("(") {
        throw failure("a function's name has no quotes", at: start)
      }
      return .field(name)
    case .raw(let text): return .literal(Value(text))
    case .literal(let text):
      let trimmed = text.stripped
      let value =
        (try? JSONReader.value(of: Array(trimmed.utf8)))
        ?? Value(String(trimmed))
      return .literal(value)
    case .symbol("@"): return .current
    case .symbol("*"):
      return .valueProjection(.current, try projected(20))
    case .symbol("["): return try bracket(.current)
    case .symbol("[]"):
      return .listProjection(.flatten(.current), try projected(9))
    case .symbol("[?"): return try filter(.current)
    case .symbol("{"): return try multiHash()
    case .symbol("!"): return .not(try expression(45))
    case .symbol("&"): return .reference(try expression(0))
    case .symbol("("):
      let inside = try expression(0)
      try expect(")")
      return inside
    default:
      throw failure("the expression is incomplete or wrong", at: start)
    }
  }

  private mutating func infix(_ left: JMESPath.Node) throws -> JMESPath.Node {
    let start = place
    guard case .symbol(let symbol) = advance() else { return left }
    switch symbol {
    case ".":
      if take("*") { return .valueProjection(left, try projected(20)) }
      return .chain(left, try afterDot(40))
    case "|": return .pipe(left, try expression(1))
    case "||": return .or(left, try expression(2))
    case "&&": return .and(left, try expression(3))
    case "==", "!=", "<", "<=", ">", ">=":
      return .comparison(symbol, left, try expression(5))
    case "[]":
      return .listProjection(.flatten(left), try projected(9))
    case "[?": return try filter(left)
    case "[": return try bracket(left)
    case "(":
      guard case .field(let name) = left else {
        throw failure("a function's name is expected", at: start)
      }
      var arguments: [JMESPath.Node] = []
      if !take(")") {
        repeat { arguments.append(try expression(0)) } while take(",")
        try expect(")")
      }
      return .call(name, arguments)
    default: throw failure("\(symbol) is not expected", at: start)
    }
  }

  private mutating func afterDot(_ power: Int) throws -> JMESPath.Node {
    switch token {
    case .name, .quoted: return try expression(power)
    case .symbol("*"): return try expression(power)
    case .symbol("["):
      _ = advance()
      return try multiList()
    case .symbol("{"):
      _ = advance()
      return try multiHash()
    default: throw failure("a name is expected after the dot", at: place)
    }
  }

  /// What is applied to every member of a projection.
  private mutating func projected(_ power: Int) throws -> JMESPath.Node {
    if self.power < 10 { return .current }
    switch token {
    case .symbol("["), .symbol("[?"): return try expression(power)
    case .symbol("."):
      _ = advance()
      return try afterDot(power)
    default: throw failure("the projection cannot go on so", at: place)
    }
  }

  private mutating func filter(_ left: JMESPath.Node) throws -> JMESPath.Node {
    let condition = try expression(0)
    try expect("]")
    let rest: JMESPath.Node =
      token == .symbol("[]") ? .current : try projected(21)
    return .filterProjection(left, condition: condition, rest)
  }

  /// After `[`: an index, a slice, `*`, or a list of queries.
  private mutating func bracket(_ left: JMESPath.Node) throws -> JMESPath.Node {
    switch token {
    case .number, .symbol(":"): return try indexOrSlice(left)
    case .symbol("*") where tokens[at + 1].token == .symbol("]"):
      _ = advance()
      _ = advance()
      return .listProjection(left, try projected(20))
    default:
      guard case .current = left else {
        throw failure("an index is expected", at: place)
      }
      return try multiList()
    }
  }

  private mutating func indexOrSlice(_ left: JMESPath.Node) throws
    -> JMESPath.Node
  {
    var parts: [Int?] = [nil, nil, nil]
    var colons = 0
    while token != .symbol("]") {
      switch advance() {
      case .number(let number): parts[colons] = number
      case .symbol(":"):
        colons += 1
        guard colons < 3 else {
          throw failure("a slice has three parts at most", at: place)
        }
      default: throw failure("a number is expected", at: place)
      }
    }
    try expect("]")
    if colons == 0, let index = parts[0] { return .chain(left, .index(index)) }
    return .listProjection(
      .chain(left, .slice(parts[0], parts[1], parts[2])), try projected(20))
  }

  private mutating func multiList() throws -> JMESPath.Node {
    var items: [JMESPath.Node] = []
    repeat { items.append(try expression(0)) } while take(",")
    try expect("]")
    return .multiList(items)
  }

  private mutating func multiHash() throws -> JMESPath.Node {
    var entries: [(String, JMESPath.Node)] = []
    repeat {
      let start = place
      switch advance() {
      case .name(let name), .quoted(let name):
        try expect(":")
        entries.append((name, try expression(0)))
      default: throw failure("a key is expected", at: start)
      }
    } while take(",")
    try expect("}")
    return .multiHash(entries)
  }
}
