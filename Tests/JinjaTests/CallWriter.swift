// Writes random calls for the fuzzer: each method, filter, test, global and
// operator alone, with arguments of any kind by place, by name and by star, and
// formats of every shape.

@testable import Jinja

/// Writes random expressions that call one thing.
struct CallWriter {
  var random: SeededGenerator

  private mutating func pick(_ choices: [String]) -> String {
    choices.randomElement(using: &random) ?? ""
  }

  private mutating func chance(_ percent: Int) -> Bool {
    Int.random(in: 0..<100, using: &random) < percent
  }

  private mutating func number(below bound: Int) -> Int {
    Int.random(in: 0..<bound, using: &random)
  }

  // MARK: Values

  private static let context =
    "{'w': 'one Two\\tthree\\nfour  five', 'u': 'Ünï 😀 ß', 'c': [3, 1, 2],"
    + " 'd': {'b': 2, 'A': 1, 'c': [0]}, 'o': [{'k': 'p', 'v': 2},"
    + " {'k': 'Q', 'v': 1}, {'k': 'q', 'v': None}], 't': (1, 'u', 2.5),"
    + " 'l': ['b', 'A', 'c', 'a'], 'big': 1180591620717411303424,"
    + " 'fin': 1e999, 'h': '<b a=\"1\">é & \\'x\\'</b>', 'ctl': 'a\\x0b\\x1c\\x85\\u2028b'}"

  private mutating func text() -> String {
    pick([
      "''", "'a'", "'abc'", "'Hello World'", "'  pad '", "'a,b,,c'", "w", "u",
      "h", "ctl", "'x'", "'ab'", "' '", "'12'", "'-3.5e2'", "'0x1F'", "'é'",
      "'ß'", "'ǅ ﬁ'", "'Σας'", "'a\\nb\\r\\nc'", "'\\t'", "'%s'", "'{}'",
      "'tEST-it'", "'1_000'", "'٣'", "'²'", "'o'", "'l'", "'\\x00'",
      "'http://e.org/a?b=c d'", "'utf-8'", "'k'", "'v'", "'k,v'", "'inf'",
      "'a b-c  d'", "('x<'|safe)", "(h|e)",
    ])
  }

  private mutating func number() -> String {
    pick([
      "0", "1", "2", "3", "-1", "-2", "5", "7", "-7", "10", "100", "big",
      "-big", "1.5", "-0.0", "2.0", "2.5", "0.1", "1e20", "1e-7", "123.456",
      "true", "false", "fin", "(fin - fin)", "16", "36", "255",
      "1234567", "1e16", "-1.5", "(10 ** 25)", "1e300", "8",
    ])
  }

  private mutating func list() -> String {
    pick([
      "[]", "c", "l", "o", "t", "()", "[1, 'a']", "['x', 'y']", "(1,)",
      "range(4)", "range(5, 0, -2)", "d", "[none, 1.5, true]", "[[1, 2], [3]]",
      "d.items()", "d.keys()", "d.values()", "'a'.encode()", "l|map('upper')",
      "[('a', 1), ('b', 2)]", "('é' ~ w)", "[2, 1.0, true]", "namespace(x=1)",
      "{}", "{'a': 1}", "{1: 'x', none: 2}", "[nosuch]", "['a', 'B', 'b']",
    ])
  }

  private mutating func any() -> String {
    switch number(below: 10) {
    case 0, 1, 2: text()
    case 3, 4, 5: number()
    case 6, 7: list()
    case 8: pick(["none", "nosuch", "d.nosuch", "true", "false"])
    default:
      pick([
        "range", "(w|length)", "'x'.upper", "namespace()",
        "cycler(1, 2)", "joiner()", "(c|batch(2))", "'é'.encode()",
        "(1 if false)",
      ])
    }
  }

  // MARK: Calls

  /// Arguments, some of which have the names of parameters.
  private mutating func arguments(_ names: [String], atMost: Int = 3) -> String
  {
    var parts: [String] = []
    for _ in 0..<number(below: atMost + 1) { parts.append(any()) }
    let names = names + ["nosuch"]
    if chance(25) {
      let name = pick(names)
      if name != "*" { parts.append("\(name)=\(any())") }
      let other = pick(names)
      if chance(30), other != name, other != "*" {
        parts.append("\(other)=\(any())")
      }
    }
    if chance(4) { parts.append("*\(list())") }
    if chance(4) { parts.append("**\(pick(["{}", "d", "{'a': 1}", "t"]))") }
    return parts.joined(separator: ", ")
  }

  /// Arguments of the kinds that a method of texts mostly takes.
  private mutating func textArguments() -> String {
    switch number(below: 8) {
    case 0: ""
    case 1: text()
    case 2: "\(text()), \(number())"
    case 3: "\(text()), \(number()), \(number())"
    case 4: number()
    case 5: "\(number()), \(text())"
    case 6: "\(text()), \(text())"
    default: arguments(Self.textNames)
    }
  }

  private static let textNames = [
    "sep", "maxsplit", "keepends", "tabsize", "encoding", "errors", "count",
    "old", "new", "width", "chars", "iterable",
  ]
  private static let textMethods = [
    "capitalize", "casefold", "center", "count", "encode", "endswith",
    "expandtabs", "find", "format", "format_map", "index", "isalnum", "isalpha",
    "isascii", "isdecimal", "isdigit", "isidentifier", "islower", "isnumeric",
    "isprintable", "isspace", "istitle", "isupper", "join", "ljust", "lower",
    "lstrip", "maketrans", "partition", "removeprefix", "removesuffix",
    "replace", "rfind", "rindex", "rjust", "rpartition", "rsplit", "rstrip",
    "split", "splitlines", "startswith", "strip", "swapcase", "title",
    "translate", "upper", "zfill",
  ]
  private static let markupMethods = ["striptags", "unescape", "escape"]
  private static let bytesMethods = [
    "capitalize", "center", "count", "decode", "endswith", "expandtabs", "find",
    "fromhex", "hex", "index", "isalnum", "isalpha", "isascii", "isdigit",
    "islower", "isspace", "istitle", "isupper", "join", "ljust", "lower",
    "lstrip", "partition", "removeprefix", "removesuffix", "replace", "rfind",
    "rindex", "rjust", "rpartition", "rsplit", "rstrip", "split", "splitlines",
    "startswith", "strip", "swapcase", "title", "upper", "zfill",
  ]
  private static let listMethods = [
    "append", "clear", "copy", "count", "extend", "index", "insert", "pop",
    "remove", "reverse", "sort",
  ]
  private static let dictionaryMethods = [
    "clear", "copy", "fromkeys", "get", "items", "keys", "pop", "popitem",
    "setdefault", "update", "values",
  ]
  private static let integerMembers = [
    "as_integer_ratio()", "bit_count()", "bit_length()", "conjugate()",
    "denominator", "imag", "numerator", "real",
  ]
  private static let floatMembers = [
    "as_integer_ratio()", "conjugate()", "hex()", "imag",
    "real",
  ]

  private mutating func bytes() -> String {
    pick([
      "'abc'", "''", "'Hello World'", "'é'", "' a\\tb\\n'", "'a,b,,c'", "'x'",
      "'o'", "'12'", "'\\x0b\\x1c'", "'a\\r\\nb\\x0bc'", "'\\x80\\xff'",
    ]) + ".encode(" + pick(["", "", "", "'latin-1'", "'utf-16'"]) + ")"
  }

  private mutating func bytesArguments() -> String {
    switch number(below: 9) {
    case 0, 1: ""
    case 2: bytes()
    case 3: "\(bytes()), \(number())"
    case 4: number()
    case 5: "\(number()), \(bytes())"
    case 6: "\(bytes()), \(bytes())"
    case 7: text()
    default: arguments(Self.textNames)
    }
  }

  private mutating func call() -> String {
    switch number(below: 20) {
    case 0, 1, 2:
      return "(\(text())).\(pick(Self.textMethods))(\(textArguments()))"
    case 3:
      let method = pick(Self.textMethods + Self.markupMethods)
      return "(\(text())|safe).\(method)(\(textArguments()))"
    case 4:
      return "(\(bytes())).\(pick(Self.bytesMethods))(\(bytesArguments()))"
    case 5:
      // What it returns, and what it makes of the list.
      let list = pick(["c", "l", "o", "t", "d.c"])
      let method = pick(Self.listMethods)
      return "[\(list).\(method)(\(arguments(["key", "reverse"]))), \(list)]"
    case 6:
      let name = pick(["d", "o[0]", "{}", "{1: 2, 'x': []}"])
      let method = pick(Self.dictionaryMethods)
      let given = arguments(["a", "key"], atMost: 2)
      return "[(\(name)).\(method)(\(given)), \(name)]"
    case 7:
      return "(\(pick(["t", "(1, 2, 1)", "()"])))."
        + "\(pick(["index", "count"]))(\(arguments([])))"
    case 8:
      return chance(60)
        ? "(\(number())).\(pick(Self.integerMembers + Self.floatMembers))"
        : "(\(number())).\(pick(["to_bytes", "from_bytes", "fromhex"]))"
          + "(\(arguments(["length", "byteorder", "signed", "bytes"])))"
    case 9, 10, 11: return filter()
    case 12: return test()
    case 13:
      return
        "\(pick(["range", "dict", "cycler", "joiner", "namespace"]))(\(arguments(["a", "sep"])))"
    case 14:
      let symbol = pick([
        "+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", ">", "<=", ">=",
        "in", "not in", "and", "or",
      ])
      let left = any()
      // Ours formats no bytes.
      if symbol == "%", left.hasSuffix(".encode()") { return left }
      return "(\(left) \(symbol) \(any()))"
    case 15:
      let ends = (0..<3).map { _ in
        chance(40)
          ? "" : pick(["0", "1", "-1", "2", "-2", "9", "-9", "none", number()])
      }
      var sliced = chance(70) ? list() : text()
      // Ours has no ranges of numbers beyond 64 bits.
      if sliced.hasPrefix("range") { sliced = "(\(sliced)|list)" }
      return chance(60)
        ? "(\(sliced))[\(ends.joined(separator: ":"))]"
        : "(\(chance(70) ? list() : text()))[\(any())]"
    case 16:
      return
        "(\(number())|\(pick(["int", "float", "round", "abs", "string", "filesizeformat"])))"
    case 17: return "'\(spec())'.format(\(chance(70) ? number() : any()))"
    case 18: return "('\(percent())' % \(chance(70) ? number() : any()))"
    default:
      return
        "(\(text())|\(pick(["int", "float", "int(0, \(number()))", "int(base=\(number()))", "int(default=\(any()))"])))"
    }
  }

  private mutating func filter() -> String {
    let name =
      BuiltinFilters.all.keys.sorted()
      .filter { !["random", "pprint"].contains($0) || chance(30) }
      .randomElement(using: &random) ?? "upper"
    if name == "random" { return "([7]|random)" }
    let names =
      (BuiltinFilters.all[name]?.parameters ?? []).dropFirst().map(\.name)
    let base = chance(20) ? any() : chance(40) ? text() : list()
    let given = chance(45) ? "" : arguments(Array(names), atMost: 2)
    let call = "(\(base)|\(name)\(given.isEmpty ? "" : "(\(given))"))"
    return chance(40) ? "(\(call)|list)" : call
  }

  private mutating func test() -> String {
    let name =
      BuiltinTests.all.keys.sorted().filter {
        $0.first.map { $0.isLetter } ?? false
      }.randomElement(using: &random) ?? "defined"
    let given = chance(50) ? "" : arguments([], atMost: 2)
    return "(\(any()) is \(name)\(given.isEmpty ? "" : "(\(given))"))"
  }

  /// A replacement field of `str.format`.
  private mutating func spec() -> String {
    var text = "{" + pick(["", "", "", "0", "!r", "!s", "!a", "0.real"]) + ":"
    if chance(40) {
      text += pick(["", "*", "é", "0", " "]) + pick(["<", ">", "^", "="])
    }
    text += pick(["", "", "", "+", "-", " "])
    text += pick(["", "", "", "", "z"]) + pick(["", "", "", "#"])
    text += pick(["", "", "", "0"]) + pick(["", "", "7", "12", "1", "0"])
    text += pick(["", "", "", ",", "_"])
    text += pick(["", "", ".0", ".1", ".3", ".10", ".17", ".", ".25"])
    text += pick([
      "", "d", "f", "F", "e", "E", "g", "G", "n", "%", "x", "X", "o", "b", "c",
      "s", "f", "g", "d", "y",
    ])
    return text + "}"
  }

  /// A conversion of `%`.
  private mutating func percent() -> String {
    var text = "%"
    if chance(10) { text += "(k)" }
    text += pick(["", "", "", "-", "+", " ", "0", "#", "-0", "+#", "0-"])
    text += pick(["", "", "7", "12", "0", "1"])
    text += pick(["", "", ".0", ".1", ".3", ".10", ".", ".20"])
    text += pick(["", "", "", "", "l", "h"])
    text += pick([
      "d", "i", "u", "s", "r", "a", "c", "x", "X", "o", "e", "E", "f", "F", "g",
      "G", "%", "b", "y", "s", "d", "f", "g",
    ])
    return text + pick(["", "", "|", "%%", "%s"])
  }

  /// An expression with options.
  mutating func make(_ number: Int) -> Case {
    var options: [String: Any] = [:]
    if chance(20) {
      options["undefined"] = pick(["strict", "chainable", "debug"])
    }
    if chance(10) { options["autoescape"] = true }
    return Case(
      file: "fuzz", line: number, source: call(), isExpression: true,
      context: Self.context, options: options)
  }
}
