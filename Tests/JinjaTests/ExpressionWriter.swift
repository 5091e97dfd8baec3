// The expressions of the fuzzer's templates.

extension TemplateWriter {
  /// An expression that is mostly of the kind asked for.
  private mutating func mostly(_ expression: String) -> String {
    chance(isCalm ? 1 : 4) ? any(0) : expression
  }

  private mutating func name() -> String {
    isCalm && chance(90)
      ? pick([
        "a", "b", "c", "d", "e", "f", "g", "t", "h", "o", "i", "s", "u", "w",
        "l",
        "m", "big", "neg", "tiny", "emp", "d.x", "d.y", "m.b.c", "o[0]", "m[2]",
        "t[1]", "c[-1]", "o[1].k", "tree", "d['n']", "l[::-1]", "(h|safe)",
      ])
      : pick([
        "a", "b", "c", "d", "e", "f", "g", "t", "h", "o", "i", "s", "nosuch",
        "u",
        "w", "l", "m", "big", "neg", "tiny", "emp", "d.x", "d.y", "m.b.c",
        "o[0]",
        "m[2]", "d.nosuch", "nosuch.x", "t[1]", "c[-1]", "o[1].k", "loop.index",
      ])
  }

  private mutating func literal() -> String {
    pick([
      "0", "1", "-2", "7", "1.5", "'x'", "''", "'A b'", "true", "none", "[]",
      "[1, 2]", "{}", "{'k': 1}", "(1,)", "'%s'", "10 ** 20", "'é'", "1e20",
      "-0.0", "0x1f", "1_000", "'a\\nb'", "\"q'q\"", "('a', 'b')", "()",
      "{1: 'one', 'x': [1]}", "0.1",
    ])
  }

  mutating func any(_ depth: Int) -> String {
    if depth <= 0 { return chance(65) ? name() : literal() }
    let next = depth - 1
    switch number(below: 20) {
    case 0: return name()
    case 1: return literal()
    case 2, 3, 4: return text(depth)
    case 5, 6: return integer(depth)
    case 7, 8, 9: return list(depth)
    case 10: return dictionary(depth)
    case 11: return truth(depth)
    case 12: return test(next)
    case 13:
      if isCalm { return chance(50) ? integer(depth) : "(\(text(next)) + b)" }
      let symbol = pick(["+", "-", "*", "/", "//", "%", "~", "~"])
      return "(\(any(next)) \(symbol) \(any(next)))"
    case 14: return "(\(any(next)) \(pick(["and", "or"])) \(any(next)))"
    case 15:
      return chance(80)
        ? "(\(any(next)) if \(any(next)) else \(any(next)))"
        : "(\(any(next)) if \(any(next)))"
    case 16: return "\(name()).\(pick(["x", "y", "k", "v", "nosuch", "0"]))"
    case 17:
      return "\(name())["
        + pick([
          "0", "-1", "'x'", "1:", ":2", "::-1", "9", "1:-1", "::2", "-2:",
          "a", "b", "'a':", "none", "1.0", "true", "(1, 2)", "-9:9:-2",
        ]) + "]"
    case 18:
      if isCalm { return chance(50) ? text(depth) : "(\(any(next))|\(calm()))" }
      return "(\(any(next))|\(anyFilter()))"
    default: return "\(text(next)) ~ \(any(next))"
    }
  }

  /// A filter that takes anything.
  private mutating func calm() -> String {
    pick([
      "default('D')", "string", "e", "pprint", "upper", "d('x', true)",
      "default(boolean=true, default_value=7)", "int", "int(default=2)", "safe",
      "indent", "trim", "urlize", "forceescape", "lower", "title",
      "string|list",
      "string|length", "string|reverse", "urlencode|length", "format",
    ])
  }

  mutating func truth(_ depth: Int) -> String {
    let next = depth - 1
    if depth <= 0 { return pick(["true", "false", "g", "f", "d.x"]) }
    switch number(below: 4) {
    case 0: return "(not \(any(next)))"
    case 1:
      if isCalm {
        return chance(50)
          ? "(\(any(next)) \(pick(["==", "!="])) \(any(next)))"
          : "(\(any(next)) \(pick(["in", "not in"])) (\(list(next))|list))"
      }
      let symbol = pick(["==", "!=", "<", ">", "<=", ">=", "in", "not in"])
      return "(\(any(next)) \(symbol) \(any(next)))"
    case 2: return "(\(integer(next)) < \(integer(next)) <= \(integer(next)))"
    default: return "(\(text(next)) in \(text(next)))"
    }
  }

  private mutating func test(_ depth: Int) -> String {
    let name =
      isCalm
      ? pick([
        "defined", "undefined", "none", "string", "number", "mapping",
        "sequence",
        "iterable", "eq 1", "in [1, 'x']", "lower", "upper", "sameas true",
        "boolean", "true", "false", "integer", "float", "callable", "escaped",
        "ne 2", "== 1", "equalto 1", "sameas(none)",
      ])
      : pick([
        "defined", "undefined", "none", "string", "number", "mapping",
        "sequence",
        "iterable", "odd", "even", "eq 1", "in [1, 'x']", "lower", "upper",
        "sameas true", "boolean", "true", "false", "integer", "float",
        "callable", "divisibleby 2", "divisibleby(3)", "escaped", "ne 2",
        "lt 3",
        "gt('a')", "ge 1", "le 2", "== 1", "filter", "test", "sameas none",
        "equalto 1", "lessthan 2", "greaterthan 1", "in 'text'",
      ])
    return "(\(any(depth)) is \(chance(20) ? "not " : "")\(name))"
  }

  mutating func integer(_ depth: Int) -> String {
    let next = depth - 1
    if depth <= 0 {
      return mostly(
        pick(["0", "1", "2", "-3", "a", "neg", "big", "7", "d.x", "10 ** 18"]))
    }
    switch number(below: 6) {
    case 0, 1:
      if isCalm {
        return chance(50)
          ? "(\(integer(next)) \(pick(["+", "-", "*"])) \(integer(next)))"
          : "(\(integer(next)) \(pick(["//", "%", "/"])) \(pick(["2", "-3", "7"])))"
      }
      let symbol = pick(["+", "-", "*", "//", "%", "/", "**"])
      if symbol == "**" {
        return "(\(integer(next)) ** \(pick(["0", "1", "2", "3", "-1"])))"
      }
      return "(\(integer(next)) \(symbol) \(integer(next)))"
    case 2 where isCalm:
      return
        "(\(integer(next))|\(pick(["abs", "int", "float", "round", "round(1)", "round(2, 'floor')", "round(0, 'ceil')", "round(-1)", "round(precision=1)"])))"
    case 3 where isCalm: return "(\(list(next))|\(pick(["length", "count"])))"
    case 2:
      return
        "(\(integer(next))|\(pick(["abs", "int", "float", "round", "round(1)", "round(2, 'floor')", "round(0, 'ceil')", "filesizeformat", "filesizeformat(true)", "string", "round(-1)"])))"
    case 3:
      return
        "(\(list(next))|\(pick(["length", "count", "sum", "min", "max", "first", "last", "sum(start=1)"])))"
    case 4:
      return
        "(\(text(next))|\(pick(["int", "float", "length", "int(7)", "wordcount", "int(base=16)", "int(default=3)", "float(1.5)"])))"
    default: return "(-\(integer(next)))"
    }
  }

  mutating func list(_ depth: Int) -> String {
    let next = depth - 1
    if depth <= 0 {
      return mostly(
        pick([
          "c", "l", "o", "t", "emp", "[1, 'a']", "[3, 2]", "d", "b", "range(3)",
          "tree", "m.b.c", "(1, 2)", "['b', 'a']", "[none, 1.5, true]",
        ]))
    }
    switch number(below: 8) {
    case 0: return "[\(any(next)), \(any(next))]"
    case 1: return "(\(any(next)), \(any(next)))"
    case 2:
      return
        "range(\(pick(["3", "1, 4", "5, 0, -2", "0", "a, 3", "-1"])))"
    case 3:
      return
        "\(text(next))."
        + pick([
          "split()", "split('e')", "splitlines()", "split(' ', 1)",
          "rsplit(none, 1)", "partition('e')", "rpartition('t')",
          "splitlines(true)",
        ])
    case 4:
      return
        "d."
        + pick(["items()|list", "keys()|list", "values()|list"])
    case 5:
      return isCalm
        ? "(\(list(next))|list + \(list(next))|list)"
        : "(\(list(next)) + \(list(next)))"
    default: return "(\(list(next))|\(listFilter(next)))"
    }
  }

  private mutating func listFilter(_ depth: Int) -> String {
    isCalm && chance(95)
      ? pick([
        "list", "reverse|list", "batch(2)|list", "slice(2)|list",
        "map('string')",
        "batch(2, 'x')|list", "slice(3, 0)|list", "map('string')|list|sort",
        "select|list", "reject|list", "map('default', 1)|list", "list|reverse",
        "list|reverse|list", "map('upper')|list", "map('tojson')|list",
        "select('defined')", "reject('none')|list", "select('string')|list",
        "map('string')|unique|list", "map('string')|sort(reverse=true)",
        "reject('in', ['a', 1])|list", "map('e')|join('-')|list",
        "batch(linecount=2, fill_with='-')|list", "map('string')|map('length')",
        "slice(slices=2, fill_with='f')|list", "map('urlize')|list",
      ])
      : pick([
        "list", "sort", "reverse|list", "unique|list", "batch(2)|list",
        "slice(2)|list", "batch(2, 'x')|list", "slice(3, 0)|list",
        "map('string')|list", "map(attribute='k')|list", "select|list",
        "reject|list", "selectattr('v')|list", "rejectattr('nosuch')|list",
        "selectattr('v', 'gt', 1)|list", "select('odd')|list",
        "reject('eq', 1)|list", "map('upper')|list", "sort(reverse=true)",
        "sort(attribute='k')", "sort(attribute='v,k')",
        "sort(case_sensitive=true)",
        "map(attribute='nosuch', default=\(any(0)))|list", "dictsort",
        "dictsort(by='value')", "dictsort(reverse=true)", "items|list",
        "groupby('k')", "groupby('k')|map('last')|list",
        "map('default', 1)|list",
        "groupby('nosuch', default='z')", "unique(attribute='k')|list",
        "map('replace', 'e', 'X')|list", "rejectattr('k', 'eq', 'p')|list",
        "map(attribute='sub.0.v')|list", "list|reverse|list", "sort|first",
        "map('int')|sum", "select('in', [1, 'a'])|list", "join(',')|list",
        "map('join', '-')|list", "selectattr('sub', 'defined')|list",
        "sort(attribute='sub')", "map|list", "map('nosuch')|list",
        "select('nosuch')|list", "tojson", "pprint", "map('tojson')|join",
      ])
  }

  mutating func dictionary(_ depth: Int) -> String {
    let next = depth - 1
    if depth <= 0 {
      return mostly(pick(["d", "m", "{}", "{'k': 1}", "o[0]", "{1: 2}"]))
    }
    switch number(below: 3) {
    case 0: return "{'k': \(any(next)), 'j': \(any(next))}"
    case 1: return "dict(\(dictionary(next)), z=\(any(next)))"
    default: return "dict(k=\(any(next)))"
    }
  }

  mutating func text(_ depth: Int) -> String {
    let next = depth - 1
    if depth <= 0 {
      return mostly(
        pick([
          "b", "h", "w", "u", "'x'", "''", "'Hello World'", "'a,b'", "l[0]",
          "d.y", "'<a href=\"x\">&amp;</a>'", "'7'", "' pad '", "'0x1F'",
          "'http://e.org/a?b=c d'", "'x@y.de'", "(h|safe)", "'ǅ ﬁ'", "'-1.5e3'",
        ]))
    }
    switch number(below: 7) {
    case 0, 1: return "\(text(next)).\(method(next))"
    case 2, 3: return "(\(text(next))|\(textFilter()))"
    case 4 where isCalm:
      let value = any(next)
      return pick([
        "('%s' % (\(value),))", "('%r|%s' % (\(value), 1))",
        "('%(k)s|%(k)r' % {'k': \(value)})", "('%8s|%-4s|' % (\(value), a))",
        "('%.3s%%' % (\(value),))",
        "('%d %05d %x' % (\(integer(0))|int, 7, a))",
        "('%.2f|%g' % (\(integer(next)), e))", "'{}-{!r}'.format(\(value), b)",
        "'{k!s:>6}|{0}'.format(a, k=\(value))", "'{:,}'.format(\(integer(0)))",
        "(\(value)|string|format)", "'{0[0]}{1.x}'.format(c, ns)|string",
      ])
    case 5 where isCalm: return "\(text(next)).\(calmMethod())"
    case 4:
      return
        "(\(format()) % \(pick([any(next), "(\(any(next)), \(any(next)))", dictionary(next)])))"
    case 5:
      let arguments = pick([
        any(next), "\(any(next)), \(any(next))", "k=\(any(next))",
        "*\(list(next))", "**\(dictionary(next))",
      ])
      return "\(template()).format(\(arguments))"
    default: return "(\(any(next)) ~ \(any(next)))"
    }
  }

  private mutating func format() -> String {
    pick([
      "'%s'", "'%d'", "'%5s|'", "'%-6s|'", "'%r'", "'%s-%s'", "'%(k)s'",
      "'%05d'", "'%+d'", "'%x'", "'%#o'", "'%.2f'", "'%e'", "'%g'", "'%%'",
      "'%c'", "'%5.1f|'", "'%i'", "'%X'", "'%s%%'", "'%(k)5s'", "'% d'",
      "'%*d'", "'%a'", "'%.3s'", "'%('", "'%z'", "'%'",
    ])
  }

  private mutating func template() -> String {
    pick([
      "'{}'", "'{0}'", "'{}-{}'", "'{k}'", "'{:>6}'", "'{:05d}'", "'{!r}'",
      "'{0[0]}'", "'{:.2f}'", "'{:,}'", "'{:x}'", "'{:^9}'", "'{{}}'",
      "'{:*<4}'", "'{!s:>5}'", "'{:e}'", "'{:g}'", "'{:%}'", "'{0.real}'",
      "'{:b}'", "'{:+}'", "'{:_}'", "'{:#x}'", "'{1} {0}'", "'{:c}'", "'{'",
      "'{:>{}}'", "'{k[0]}'", "'{:z}'", "'{:s}'", "'{:n}'", "'{0:d}'",
    ])
  }

  private mutating func calmMethod() -> String {
    pick([
      "upper()", "title()", "strip()", "replace('e', 'E', 1)", "center(9)",
      "zfill(6)", "expandtabs(tabsize=4)", "casefold()", "removeprefix('te')",
      "split('e').pop()", "splitlines(keepends=true).pop()",
      "rsplit(sep='e', maxsplit=1)[-1]", "partition('e')[0]",
      "ljust(8, '.')", "encode().hex()", "encode('utf-8').decode()",
      "translate({101: none, 116: 'T'})", "format_map({'a': 1})", "swapcase()",
      "rjust(12, 'é')", "capitalize()", "lstrip('te')",
    ])
  }

  private mutating func method(_ depth: Int) -> String {
    if isCalm && chance(90) { return calmMethod() }
    return pick([
      "upper()", "lower()", "title()", "capitalize()", "swapcase()", "strip()",
      "lstrip()", "rstrip('t')", "replace('e', 'E')", "replace('e', 'E', 1)",
      "center(9)", "ljust(8, '.')", "rjust(8)", "zfill(6)", "count('e')",
      "find('x')", "rfind('e')", "index('e')", "startswith('t')",
      "endswith(('t', 'x'))", "isdigit()", "isalpha()", "isupper()",
      "islower()", "isspace()", "istitle()", "isalnum()", "isnumeric()",
      "isdecimal()", "isidentifier()", "join(l)", "join([\(any(0))])",
      "expandtabs(4)", "casefold()", "removeprefix('te')",
      "removesuffix('t')", "partition('e')|first", "split('e')|last",
      "translate({101: 'X'})", "isprintable()", "isascii()", "format(1)",
      "nosuch()", "upper", "index('zz')", "find('e', 2)", "count('e', 1, 3)",
      "startswith('e', 1)", "strip(none)", "center(\(integer(0)))",
    ])
  }

  mutating func textFilter() -> String {
    pick([
      "upper", "lower", "title", "capitalize", "trim", "trim('t')", "e",
      "escape", "forceescape", "safe", "string", "urlencode", "indent(2)",
      "indent(1, true)", "indent('> ')", "indent(2, blank=true)", "center(9)",
      "truncate(5)", "truncate(5, true)", "truncate(6, false, '..', 0)",
      "striptags", "wordwrap(4)", "wordwrap(7, false)", "replace('e', 'X')",
      "replace('e', '<', 1)", "reverse", "list|join('.')", "default('D')",
      "wordwrap(5, wrapstring='/')", "urlize", "urlize(8)",
      "urlize(nofollow=true)", "tojson", "pprint", "upper|lower",
      "wordwrap(6, break_on_hyphens=false)", "length", "first", "last",
    ])
  }

  private mutating func anyFilter() -> String {
    switch number(below: 4) {
    case 0: return textFilter()
    case 1: return listFilter(0)
    default:
      return pick([
        "length", "first", "last", "join(',')", "join", "int", "float",
        "string", "abs", "round", "sum", "min", "max", "default('D')",
        "d('D', true)", "default(boolean=true)", "tojson", "tojson(indent=2)",
        "xmlattr", "xmlattr(false)", "pprint", "filesizeformat", "format(1)",
        "attr('x')", "attr('upper')", "sum(attribute='v')", "list",
        "min(attribute='k')", "max(case_sensitive=true)", "items|list",
        "join(attribute='k')", "join('-', attribute='v')", "wordcount",
        "nosuch", "count", "map('nosuch')", "batch(0)|list", "slice(0)|list",
        "batch(-1)|list", "sum(1, 2, 3)", "first(1)", "upper(x=1)",
      ])
    }
  }
}
