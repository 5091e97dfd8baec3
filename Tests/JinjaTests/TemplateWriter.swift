// Writes random templates for the fuzzer: all statements and most of the
// filters, tests and methods, mostly with arguments that fit.

/// A generator of numbers that a seed determines.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}

/// Writes random templates.
struct TemplateWriter {
  var random: SeededGenerator

  /// What the statements that are being written may name.
  struct Place {
    var loops = 0
    var macros: [String] = []
    var isInCall = false
    var isInMacro = false
    var isInBlock = false
    /// Inside a macro or whatever else collects its output.
    var isCollected = false
  }
  var place = Place()
  private var isNative = false
  /// Whether most of what is written is meant to render to its end: an error
  /// hides whatever follows it.
  var isCalm = false
  private var hasLineStatements = false
  private var delimiters = TemplateWriter.usual
  /// Blocks written so far: each name may stand once in a template.
  private var blocks: [String] = []

  private static let usual = ["{%", "%}", "{{", "}}", "{#", "#}"]

  init(random: SeededGenerator) { self.random = random }

  mutating func pick(_ choices: [String]) -> String {
    choices.randomElement(using: &random) ?? ""
  }

  mutating func chance(_ percent: Int) -> Bool {
    Int.random(in: 0..<100, using: &random) < percent
  }

  mutating func number(below bound: Int) -> Int {
    Int.random(in: 0..<bound, using: &random)
  }

  static let context =
    "{'a': 1, 'b': 'text', 'c': [3, 1, 2], 'd': {'x': 1, 'y': 'z', 'n': None},"
    + " 'e': 2.5, 'f': None, 'g': True, 't': (1, 'u'), 'h': '<b>é</b>',"
    + " 'o': [{'k': 'p', 'v': 2}, {'k': 'q', 'v': 1}], 'big':"
    + " 1180591620717411303424,"
    + " 'w': 'one Two\\tthree\\nfour  five', 'neg': -7, 'u': 'Ünï 😀 ß',"
    + " 'l': ['b', 'A', 'c'], 'm': {'b': {'c': [1, {'z': 0}]}, 2: 'two'},"
    + " 'tiny': 1e-07, 'emp': [], 'tree': [{'v': 1, 'sub': [{'v': 2, 'sub':"
    + " []}]}, {'v': 3, 'sub': []}]}"

  // MARK: Statements

  mutating func body(_ depth: Int) -> String {
    var text = ""
    for _ in 0...number(below: 3) { text += piece(depth) }
    return text
  }

  /// The same over several lines now and then: errors name the line of their
  /// part.
  private mutating func spread(_ code: String) -> String {
    guard chance(8) else { return code }
    return code.replacing(", ", with: ",\n  ").replacing(" ~ ", with: "\n  ~ ")
  }

  private mutating func tag(_ inside: String) -> String {
    let inside = spread(inside)
    if hasLineStatements, chance(40), !inside.contains("\n"),
      !inside.hasPrefix("raw"), !inside.hasPrefix("endraw")
    {
      let comment = pick(["", "", " ## c", ":"])
      return "\n\(pick(["", "  "]))# \(inside)\(comment)\n"
    }
    let open = delimiters[0] + pick(["", "", "", "", "-", "+"])
    let close = pick(["", "", "", "", "-", "+"]) + delimiters[1]
    return "\(open) \(inside) \(close)"
  }

  private mutating func output(_ value: String) -> String {
    let value = spread(value)
    let open = delimiters[2] + pick(["", "", "", "-"])
    let close = pick(["", "", "", "-"]) + delimiters[3]
    return "\(open) \(value) \(close)"
  }

  private mutating func piece(_ depth: Int) -> String {
    let next = depth - 1
    switch number(below: depth <= 0 ? 4 : 24) {
    case 0:
      let comment = "\(delimiters[4])\(pick(["", "-"])) c \(delimiters[5])"
      return pick([
        "text", " ", "\n", " \n  ", "<é>", "a b\n", comment, "\n\n  # x\n",
      ])
    case 1, 2, 3: return output(any(2))
    case 4, 5:
      return tag("if \(any(1))") + body(next)
        + (chance(40) ? tag("elif \(any(1))") + body(next) : "")
        + (chance(50) ? tag("else") + body(next) : "") + tag("endif")
        + seen()
    case 6, 7, 8: return loop(next)
    case 9: return recursiveLoop()
    case 10: return assignment()
    case 11:
      let before = place
      place.isCollected = true
      defer { place = before }
      let name = pick(["s", "b", "i"])
      let filter = chance(30) ? " | \(textFilter())" : ""
      return tag("set \(name)\(filter)") + body(next) + tag("endset")
        + output(name)
    case 12:
      var items = "\(pick(["s", "a"])) = \(any(1))"
      if chance(40) { items += ", \(pick(["i", "b"])) = \(any(1))" }
      if chance(10) { items = "" }
      return tag("with \(items)") + body(next) + tag("endwith")
    case 13, 14: return macro(next)
    case 15: return call(next)
    case 16:
      let before = place
      place.isCollected = true
      defer { place = before }
      return tag("filter \(textFilter())") + body(next) + tag("endfilter")
    case 17:
      return tag("raw")
        + pick(["{{ x }}", " {% if %} ", "\n", "{# #}", " [[ \n"])
        + tag("endraw")
    case 18:
      // Native environments take template text for markup.
      if isNative { return "" }
      return tag("autoescape \(pick(["true", "false"]))")
        + body(next) + tag("endautoescape")
    case 19: return include()
    case 20: return importing()
    case 21: return block(next)
    case 22: return namespace()
    default:
      // A native render writes only its first two values at its end.
      if isNative { return "" }
      let list = pick(["c", "l", "o", "emp"])
      return pick([
        tag("do \(list).append(\(any(0)))"), tag("do \(list).pop()"),
        tag("do d.update(\(dictionary(1)))"), tag("do \(list).reverse()"),
      ]) + output(list)
    }
  }

  /// A look at a variable that a statement may have left behind.
  private mutating func seen() -> String {
    chance(20) ? output(pick(["s", "i", "a", "b", "ns.v"])) : ""
  }

  private mutating func loop(_ depth: Int) -> String {
    let target = chance(20) ? "i, s" : pick(["i", "i", "s", "a"])
    let sequence =
      target == "i, s"
      ? pick(["d.items()", "d|dictsort", "[(1, 2), (3, 4)]", "o|groupby('k')"])
      : list(1)
    let filter = chance(20) ? " if \(any(1))" : ""
    place.loops += 1
    defer { place.loops -= 1 }
    var inside = ""
    if chance(50) {
      inside += output(
        "loop."
          + pick([
            "index", "last", "length", "revindex0", "cycle('p', 'q')",
            "first", "index0", "revindex", "depth", "previtem", "nextitem",
            "changed(\(any(0)))", "depth0", isCalm ? "first" : "nosuch",
            "changed(i, s)", "previtem|default('P')", "nextitem is defined",
            "cycle(\(any(0)), \(any(0)))",
          ]))
    }
    inside += body(depth)
    if chance(15) {
      inside +=
        tag("if \(any(1))") + tag(pick(["break", "continue"])) + tag("endif")
        + body(0)
    }
    return tag("for \(target) in \(sequence)\(filter)") + inside
      + (chance(30) ? tag("else") + body(depth) : "") + tag("endfor") + seen()
  }

  private mutating func recursiveLoop() -> String {
    let before = place
    place.isCollected = true
    defer { place = before }
    return tag("for n in tree\(chance(20) ? " if n.v" : "") recursive")
      + output(pick(["n.v", "loop.depth", "loop.index", any(1)]))
      + tag("if n.sub") + output("loop(n.sub)\(pick(["", "|upper", "|trim"]))")
      + tag("endif") + body(0) + tag("endfor")
  }

  private mutating func assignment() -> String {
    switch number(below: 4) {
    case 0:
      let values = isCalm ? "(\(any(1)), \(any(0)))" : list(1)
      return tag("set i, s = \(pick([values, "t", "(1, 2)", "'ab'"]))")
    default: return tag("set \(pick(["s", "i", "a", "b", "c"])) = \(any(2))")
    }
  }

  private mutating func macro(_ depth: Int) -> String {
    let name = pick(["m", "mm"])
    let before = place
    place.isInMacro = true
    place.isCollected = true
    place.loops = 0
    let signature =
      isCalm
      ? "i=none, s=\(any(1))"
      : pick([
        "i, s=\(any(1))", "", "i", "i=\(any(0)), s=i", "i=none", "i, s", "b=b",
      ])
    var text = tag("macro \(name)(\(signature))") + body(depth)
    if chance(20) {
      text += output(pick(["varargs", "kwargs", "kwargs|length"]))
    }
    if chance(isCalm ? 0 : 25) {
      text += output("caller(\(chance(50) ? any(0) : ""))")
    }
    text += tag("endmacro")
    place = before
    place.macros.append(name)
    return text + (chance(80) ? output(calling(name)) : "")
  }

  private mutating func calling(_ name: String) -> String {
    let arguments =
      isCalm
      ? pick([
        "", any(1), "\(any(1)), \(any(0))", "s=\(any(1))", "i=\(any(0)), s=1",
        "*[1, 2]", "**{'i': \(any(0))}", "s=\(any(0)), *[\(any(0))]",
      ])
      : pick([
        "", any(1), any(1), "\(any(0)), \(any(0))", "s=\(any(0))",
        "\(any(0)), s=\(any(0))", "*\(list(0))", "**\(dictionary(0))",
        "i=\(any(0))", "1, 2, 3",
      ])
    let after = pick(["", "", "", "|upper", "|length", ".name", "|safe"])
    return "\(name)(\(arguments))\(after)"
  }

  private mutating func call(_ depth: Int) -> String {
    let name = place.macros.randomElement(using: &random) ?? "nosuch"
    let parameters = pick(["", "", "(i)", "(i, s=2)", "()"])
    let before = place
    place.loops = 0
    place.isCollected = true
    defer { place = before }
    var made = tag("macro w(i=1)") + "[" + output("caller(\(any(0)))") + "]"
    made += tag("endmacro")
    let target = isCalm || chance(50) ? "w(\(any(0)))" : "\(name)(\(any(0)))"
    return (target.hasPrefix("w") ? made : "")
      + tag("call\(parameters) \(target)") + body(depth) + tag("endcall")
  }

  private mutating func include() -> String {
    // What Jinja2 3.1.6 compiles `without context` to makes a generator of a
    // macro or of whatever else collects its output.
    if place.isCollected { return tag("include 'part'") }
    return tag(
      "include "
        + pick([
          "'part'", "'part' without context", "'nosuch' ignore missing",
          "['nosuch', 'part']", "'part' with context", "b ignore missing",
          isCalm ? "['part']" : "'nosuch'",
          "['x', 'y'] ignore missing without context",
        ]))
  }

  private mutating func importing() -> String {
    switch number(below: 3) {
    case 0:
      let context = pick(["", " with context", " without context"])
      return tag("import 'macros' as lib\(context)")
        + output(
          pick([
            "lib.p(\(any(0)))", "lib.v", "lib.nosuch", "lib.seen()", "lib.w",
            "lib.p(\(any(0)), \(any(0)))", "lib",
          ]))
    case 1:
      return tag("from 'macros' import p, v as s, nosuch")
        + output(pick(["p(\(any(0)))", "s", "nosuch", "p.name"]))
    default:
      return tag("from 'macros' import seen with context") + output("seen()")
    }
  }

  private mutating func block(_ depth: Int) -> String {
    let name = ["one", "two", "three"].first { !blocks.contains($0) }
    guard let name, !place.isInMacro else { return output(any(1)) }
    blocks.append(name)
    let before = place
    place.loops = 0
    place.isInBlock = true
    defer { place = before }
    var text = tag("block \(name)\(pick(["", "", " scoped"]))") + body(depth)
    if chance(30) { text += output(pick(["super()", "super()|upper"])) }
    return text + tag("endblock\(pick(["", " \(name)"]))")
      + (chance(10) ? output("self.\(name)()") : "")
  }

  private mutating func namespace() -> String {
    var text = tag("set ns = namespace(v=\(any(0)))")
    text += tag("for i in \(list(1))")
    text += tag(
      "set ns.\(pick(["v", "w"])) = \(pick(["i", "ns.v ~ i", any(1)]))")
    return text + tag("endfor") + output(pick(["ns.v", "ns.w", "ns.nosuch"]))
  }

  // MARK: Templates

  /// The templates that `main` may name.
  private mutating func others() -> [String: String] {
    blocks = []
    place = Place()
    var result: [String: String] = [:]
    result["part"] = "<" + body(1) + output(pick(["a", "s", "i"])) + ">"
    blocks = []
    place = Place()
    place.isCollected = true
    result["macros"] =
      tag("macro p(i, s='S')") + body(1) + tag("endmacro")
      + tag("macro seen()") + output(pick(["a", "s", "i"])) + tag("endmacro")
      + tag("set v = \(any(1))") + tag("set _w = 1")
    blocks = []
    place = Place()
    result["root"] =
      "R" + tag("block one") + body(1) + tag("endblock") + tag("block three")
      + output(any(1)) + tag("endblock")
    blocks = []
    place = Place()
    let extended =
      chance(25) ? tag("extends 'root'") : ""
    result["base"] =
      extended + "B" + tag("block one") + body(1) + tag("endblock") + "-"
      + tag("block two\(pick(["", " scoped", " required"]))")
      + tag("endblock") + output(any(1))
    return result
  }

  /// A template with options.
  mutating func make(_ number: Int) -> Case {
    var options: [String: Any] = ["extensions": ["do", "loopcontrols"]]
    for name in ["trim_blocks", "lstrip_blocks", "keep_trailing_newline"]
    where chance(30) {
      options[name] = true
    }
    if chance(15) { options["autoescape"] = true }
    if chance(20) {
      options["undefined"] = pick(["strict", "chainable", "debug"])
    }
    isNative = options["autoescape"] == nil && chance(10)
    if isNative { options["native"] = true }
    if chance(5) { options["newline_sequence"] = pick(["\r\n", "\r"]) }
    isCalm = chance(65)
    hasLineStatements = chance(5)
    if hasLineStatements {
      options["line_statement_prefix"] = "#"
      options["line_comment_prefix"] = "##"
    }
    delimiters = Self.usual
    if chance(6) {
      delimiters = ["<%", "%>", "${", "}", "<#", "#>"]
      for (name, value) in zip(
        [
          "block_start_string", "block_end_string", "variable_start_string",
          "variable_end_string", "comment_start_string", "comment_end_string",
        ], delimiters)
      {
        options[name] = value
      }
    }
    let templates = others()
    blocks = []
    place = Place()
    var source = ""
    if chance(15) {
      let others = isCalm ? ["'base'", "'root'"] : ["'nosuch'", "b"]
      source += tag("extends \(pick(["'base'", "'base'"] + others))")
    }
    source += body(3)
    return Case(
      file: "fuzz", line: number, source: source, templates: templates,
      context: Self.context, options: options)
  }
}
