// The pieces that the lexer cuts a template into.

/// One piece of a template.
struct Token {
  enum Kind: UInt8 {
    case data, blockBegin, blockEnd, variableBegin, variableEnd, end
    case name, string, integer, float
    case add, assign, colon, comma, divide, dot, equal, floorDivide, greater
    case greaterOrEqual, leftBrace, leftBracket, leftParenthesis, less
    case lessOrEqual, modulo, multiply, notEqual, pipe, power, rightBrace
    case rightBracket, rightParenthesis, semicolon, subtract, tilde

    /// What messages call it.
    var description: String {
      switch self {
      case .data: "template data / text"
      case .blockBegin: "begin of statement block"
      case .blockEnd: "end of statement block"
      case .variableBegin: "begin of print statement"
      case .variableEnd: "end of print statement"
      case .end: "end of template"
      case .name: "name"
      case .string: "string"
      case .integer: "integer"
      case .float: "float"
      case .add: "+"
      case .assign: "="
      case .colon: ":"
      case .comma: ","
      case .divide: "/"
      case .dot: "."
      case .equal: "=="
      case .floorDivide: "//"
      case .greater: ">"
      case .greaterOrEqual: ">="
      case .leftBrace: "{"
      case .leftBracket: "["
      case .leftParenthesis: "("
      case .less: "<"
      case .lessOrEqual: "<="
      case .modulo: "%"
      case .multiply: "*"
      case .notEqual: "!="
      case .pipe: "|"
      case .power: "**"
      case .rightBrace: "}"
      case .rightBracket: "]"
      case .rightParenthesis: ")"
      case .semicolon: ";"
      case .subtract: "-"
      case .tilde: "~"
      }
    }
  }

  var kind: Kind
  /// Where it starts, in the source's bytes.
  var position: Position
  /// The text of data, a name or a string; empty for anything else.
  var text = ""
  /// The value of a number.
  var number = Value.none

  /// What messages call it.
  var description: String { kind == .name ? text : kind.description }

  func isName(_ name: String) -> Bool { kind == .name && text == name }
}

/// A place in a template: an offset in the bytes of its source.
typealias Position = Int32
