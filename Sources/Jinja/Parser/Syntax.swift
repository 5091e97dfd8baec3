// The syntax tree of a template: what the parser makes and the compiler reads.

/// An expression and where it stands.
struct ExpressionSyntax {
  indirect enum Kind {
    case constant(Value)
    case name(String)
    /// `namespace.attribute`, as a target of `set`.
    case namespaceTarget(String, attribute: String)
    case tuple([ExpressionSyntax])
    case list([ExpressionSyntax])
    case dictionary([(key: ExpressionSyntax, value: ExpressionSyntax)])
    case attribute(ExpressionSyntax, String)
    case item(ExpressionSyntax, ExpressionSyntax)
    case slice(
      start: ExpressionSyntax?, stop: ExpressionSyntax?, step: ExpressionSyntax?
    )
    case call(ExpressionSyntax, CallSyntax)
    /// A filter; the value is nil where it is applied to a block.
    case filter(ExpressionSyntax?, String, CallSyntax)
    case test(ExpressionSyntax, String, CallSyntax)
    case conditional(
      test: ExpressionSyntax, then: ExpressionSyntax, else: ExpressionSyntax?
    )
    case and([ExpressionSyntax])
    case or([ExpressionSyntax])
    case not(ExpressionSyntax)
    case negative(ExpressionSyntax)
    case positive(ExpressionSyntax)
    case arithmetic(ArithmeticOperator, ExpressionSyntax, ExpressionSyntax)
    case concatenation([ExpressionSyntax])
    case comparison(
      ExpressionSyntax,
      [(symbol: ComparisonOperator, operand: ExpressionSyntax)])
  }

  var kind: Kind
  var position: Position
}

enum ArithmeticOperator: String {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case floorDivide = "//"
  case modulo = "%"
  case power = "**"
}

enum ComparisonOperator: String {
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case isIn = "in"
  case isNotIn = "not in"
}

/// The arguments of a call as they are written.
struct CallSyntax {
  var positional: [ExpressionSyntax] = []
  var keywords: [(name: String, value: ExpressionSyntax)] = []
  var starred: ExpressionSyntax?
  var doubleStarred: ExpressionSyntax?

  var isEmpty: Bool {
    positional.isEmpty && keywords.isEmpty && starred == nil
      && doubleStarred == nil
  }

  /// All expressions, in the order in which they are evaluated.
  var expressions: [ExpressionSyntax] {
    positional + keywords.map(\.value)
      + [starred, doubleStarred].compactMap { $0 }
  }
}

/// The parameters of a macro or of a call block.
struct SignatureSyntax {
  var names: [(name: String, position: Position)] = []
  /// Defaults of the last parameters.
  var defaults: [ExpressionSyntax] = []
}

/// A statement and where it stands.
struct StatementSyntax {
  indirect enum Kind {
    case output([OutputSyntax])
    case forLoop(ForSyntax)
    case condition([BranchSyntax], else: [StatementSyntax])
    case macro(name: String, SignatureSyntax, body: [StatementSyntax])
    case callBlock(
      SignatureSyntax, call: ExpressionSyntax, body: [StatementSyntax])
    case filterBlock(ExpressionSyntax, body: [StatementSyntax])
    case set(target: ExpressionSyntax, value: ExpressionSyntax)
    case setBlock(
      target: ExpressionSyntax, filter: ExpressionSyntax?,
      body: [StatementSyntax])
    case with(
      [(target: ExpressionSyntax, value: ExpressionSyntax)],
      body: [StatementSyntax])
    case include(ExpressionSyntax, ignoresMissing: Bool, withContext: Bool)
    case importModule(ExpressionSyntax, target: String, withContext: Bool)
    case importNames(
      ExpressionSyntax, [(name: String, alias: String)], withContext: Bool)
    case extends(ExpressionSyntax)
    case block(BlockSyntax)
    case autoescape(ExpressionSyntax, body: [StatementSyntax])
    case evaluate(ExpressionSyntax)
    case translate(TranslateSyntax)
    case debug
    case breakLoop
    case continueLoop
  }

  var kind: Kind
  var position: Position
}

/// A piece of output: text as it stands, or an expression.
enum OutputSyntax {
  case text(String, Position)
  case expression(ExpressionSyntax)
}

/// A condition, where it begins, and what is run where it holds.
struct BranchSyntax {
  var test: ExpressionSyntax
  var position: Position
  var body: [StatementSyntax]
}

struct ForSyntax {
  var target: ExpressionSyntax
  var sequence: ExpressionSyntax
  var test: ExpressionSyntax?
  var isRecursive: Bool
  var body: [StatementSyntax]
  var otherwise: [StatementSyntax]
}

struct BlockSyntax {
  var name: String
  var isScoped: Bool
  var isRequired: Bool
  var body: [StatementSyntax]
}

/// `{% trans %}`: two texts in which `%(name)s` stands for a variable.
struct TranslateSyntax {
  var variables: [(name: String, value: ExpressionSyntax)]
  var singular: String
  var plural: String?
  /// The expression that decides between the two.
  var count: ExpressionSyntax?
}
