// Filters on numbers, sets and chance.

import Glibc
import Jinja

enum MathFilters {
  /// The filters, with chance as `world` allows it.
  static func all(_ world: PluginWorld) -> [Function] {
    [
      log, power, root, humanReadable, humanToBytes, union, intersect,
      difference, symmetricDifference, unique, random(world), shuffle(world),
    ]
  }

  // MARK: Numbers

  private static func number(
    _ value: Value, _ filter: String
  ) throws -> Double {
    if case .undefined(let undefined) = value.payload { throw undefined.error }
    guard let number = value.double else {
      throw TemplateError.plugin("\(filter)() can only be used on numbers")
    }
    return number
  }

  private static let log = Plugin.make(
    "log", ["x", Parameter("base", Value(M_E))]
  ) { _, arguments in
    let x = try number(arguments[0], "log")
    let base = try number(arguments[1], "log")
    guard x > 0, base > 0 else {
      throw TemplateError(.value, "math domain error")
    }
    if base == 10 { return Value(Glibc.log10(x)) }
    guard base != 1 else {
      throw TemplateError(.zeroDivision, "float division by zero")
    }
    return Value(Glibc.log(x) / Glibc.log(base))
  }

  private static let power = Plugin.make("pow", ["x", "y"]) { _, arguments in
    let x = try number(arguments[0], "pow")
    let y = try number(arguments[1], "pow")
    let result = Glibc.pow(x, y)
    if x.isFinite, y.isFinite {
      if result.isNaN || (x == 0 && y < 0) {
        throw TemplateError(.value, "math domain error")
      }
      if result.isInfinite {
        throw TemplateError(.overflow, "math range error")
      }
    }
    return Value(result)
  }

  private static let root = Plugin.make("root", ["x", Parameter("base", 2)]) {
    _, arguments in
    let written = arguments[1].text.flatMap { Double($0) }
    guard let base = arguments[1].double ?? written,
      let x = arguments[0].double
    else {
      throw TemplateError.plugin("root() can only be used on numbers")
    }
    guard base != 0 else {
      throw TemplateError(.zeroDivision, "float division by zero")
    }
    let result = base == 2 ? x.squareRoot() : Glibc.pow(x, 1 / base)
    guard !result.isNaN || x.isNaN else {
      throw TemplateError.plugin("root() can only be used on numbers")
    }
    return Value(result)
  }

  // MARK: Sizes

  private static let humanReadable = Plugin.make(
    "human_readable",
    ["size", Parameter("isbits", false), Parameter("unit", Value.none)]
  ) { _, arguments in
    guard let size = arguments[0].double else {
      if case .undefined(let undefined) = arguments[0].payload {
        throw undefined.error
      }
      throw TemplateError.plugin("human_readable() failed on bad input")
    }
    let base = try arguments[1].isOn ? "bits" : "Bytes"
    let unit = arguments[2].isNone ? nil : try arguments[2].str().uppercased()
    return Value(ByteSize.text(size, unit: unit, base: base))
  }

  private static let units:
    [Character: (bytes: (String, String), bits: (String, String))] = [
      "B": (("byte", "B"), ("bit", "b")),
      "K": (("kilobyte", "KB"), ("kilobit", "Kb")),
      "M": (("megabyte", "MB"), ("megabit", "Mb")),
      "G": (("gigabyte", "GB"), ("gigabit", "Gb")),
      "T": (("terabyte", "TB"), ("terabit", "Tb")),
      "P": (("petabyte", "PB"), ("petabit", "Pb")),
      "E": (("exabyte", "EB"), ("exabit", "Eb")),
      "Z": (("zetabyte", "ZB"), ("zetabit", "Zb")),
      "Y": (("yottabyte", "YB"), ("yottabit", "Yb")),
    ]

  private static let humanToBytes = Plugin.make(
    "human_to_bytes",
    ["size", Parameter("default_unit", Value.none), Parameter("isbits", false)]
  ) { _, arguments in
    let isBits = try arguments[2].isOn
    let fallback =
      arguments[1].isNone ? nil : try arguments[1].str()
    guard
      let bytes = bytes(
        of: try arguments[0].str(), fallback: fallback, isBits: isBits)
    else {
      throw TemplateError.plugin(
        "human_to_bytes() can't interpret the input")
    }
    return bytes
  }

  private static func bytes(
    of text: String, fallback: String?, isBits: Bool
  ) -> Value? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let last = digits.last, last.isNumber,
      digits.filter({ $0 == "." }).count < 2,
      let number = Double(digits.hasPrefix(".") ? "0" + digits : String(digits))
    else { return nil }
    var tail = text.dropFirst(digits.count)
    while let space = tail.last, space.isWhitespace { tail.removeLast() }
    let written = tail.drop { $0.isWhitespace }
    guard written.allSatisfy({ $0.isASCII && $0.isLetter }) else { return nil }
    let unit = written.isEmpty ? fallback ?? "" : String(written)
    guard let first = unit.first else { return whole(number) }
    let key = Character(first.uppercased())
    guard let limit = ByteSize.units.first(where: { $0.name == key })?.size,
      let names = units[key]
    else { return nil }
    if unit.count > 1 {
      let (word, short) = isBits ? names.bits : names.bytes
      guard unit.lowercased() == word || unit == short else { return nil }
    }
    return whole(number * limit)
  }

  private static func whole(_ number: Double) -> Value {
    Value(BigInteger(number.rounded(.toNearestOrEven)))
  }

  // MARK: Sets

  /// The members without repetition, in order of first appearance.
  ///
  /// Ansible keeps them in the order of Python's hashes, which differs from
  /// run to run for texts.
  static func distinct(
    _ items: [Value], _ context: Context
  ) throws -> [Value] {
    var result: [Value] = []
    var known = MemberIndex()
    for item in items {
      if item.isUnknown { throw UnknownValue() }
      if try known.contains(item, context) { continue }
      known.insert(item)
      result.append(item)
    }
    return result
  }

  private static func operation(
    _ name: String,
    _ body: @escaping @Sendable ([Value], [Value], Context) throws -> [Value]
  ) -> Function {
    Plugin.make(name, ["a", "b"]) { context, arguments in
      Value(
        try distinct(
          try body(
            try arguments[0].members(), try arguments[1].members(), context),
          context))
    }
  }

  private static let union = operation("union") { left, right, _ in
    left + right
  }
  private static let intersect = operation("intersect") {
    left, right, context in
    let known = MemberIndex(right)
    return try left.filter { try known.contains($0, context) }
  }
  private static let difference = operation("difference") {
    left, right, context in
    let known = MemberIndex(right)
    return try left.filter { try !known.contains($0, context) }
  }
  private static let symmetricDifference = operation("symmetric_difference") {
    left, right, context in
    let (first, second) = (MemberIndex(left), MemberIndex(right))
    return try left.filter { try !second.contains($0, context) }
      + right.filter { try !first.contains($0, context) }
  }

  private static let unique = Plugin.make(
    "unique",
    [
      "a", Parameter("case_sensitive", Value.none),
      Parameter("attribute", Value.none),
    ]
  ) { context, arguments in
    let isSensitive = try arguments[1].isOn
    var known = MemberIndex()
    var result: [Value] = []
    for item in try arguments[0].members() {
      var key = item
      if !arguments[2].isNone {
        key = item
        let path = try arguments[2].str()
        for part in path.split(separator: ".") {
          let name = Int(part).map { Value($0) } ?? Value(String(part))
          key = try ItemAccess.item(name, of: key, context)
        }
      }
      if !isSensitive, let text = key.text { key = Value(text.lowercased()) }
      switch key.payload {
      case .unknown: throw UnknownValue()
      case .undefined(let undefined): throw undefined.error
      default: if try known.contains(key, context) { continue }
      }
      known.insert(key)
      result.append(item)
    }
    return Value(result)
  }

  // MARK: Chance

  /// Draws numbers: by a seed, or by the system.
  private struct Chance {
    var seeded: MersenneTwister?

    mutating func below(_ bound: Int) -> Int {
      seeded?.below(bound) ?? Int.random(in: 0..<max(1, bound))
    }
  }

  private static func random(_ world: PluginWorld) -> Function {
    Plugin.make(
      "random",
      [
        "end", Parameter("start", Value.none), Parameter("step", Value.none),
        Parameter("seed", Value.none),
      ]
    ) { _, arguments in
      if arguments[3].isNone, world.isPreview { return .unknown }
      var chance = Chance(
        seeded: arguments[3].isNone
          ? nil : try MersenneTwister(seed: arguments[3]))
      let start = try option(arguments[1], "start")
      let step = try option(arguments[2], "step")
      if let end = arguments[0].integer {
        let first = start ?? 0
        let stride = step ?? 1
        guard [end, first, stride].allSatisfy({ $0.magnitude < 1 << 61 })
        else {
          throw TemplateError(
            .overflow, "random takes no number of 2^61 or more")
        }
        let width = end - first
        let count =
          stride > 0
          ? (width + stride - 1) / stride
          : stride < 0 ? (width + stride + 1) / stride : 0
        guard count > 0, width != 0, (width > 0) == (stride > 0) else {
          throw TemplateError(
            .value,
            stride == 1
              ? "empty range for randrange() (\(first), \(end), \(width))"
              : "empty range for randrange()")
        }
        return Value(first + stride * chance.below(count))
      }
      guard !(arguments[0].isNone), let items = try? arguments[0].members()
      else {
        throw TemplateError.plugin(
          "random can only be used on sequences and integers")
      }
      guard start == nil, step == nil else {
        throw TemplateError.plugin(
          "start and step can only be used with integer values")
      }
      guard !items.isEmpty else {
        throw TemplateError(.index, "Cannot choose from an empty sequence")
      }
      return items[chance.below(items.count)]
    }
  }

  /// An option of `random`; 0 counts as not given, as in Ansible.
  private static func option(_ value: Value, _ name: String) throws -> Int? {
    guard !value.isNone else { return nil }
    let number = try value.wholeOption(name)
    return number == 0 ? nil : number
  }

  private static func shuffle(_ world: PluginWorld) -> Function {
    Plugin.make("shuffle", ["mylist", Parameter("seed", Value.none)]) {
      _, arguments in
      guard var items = try? arguments[0].members() else {
        return arguments[0]
      }
      let isSeeded = try arguments[1].isOn
      if !isSeeded, world.isPreview { return .unknown }
      var chance = Chance(
        seeded: isSeeded ? try MersenneTwister(seed: arguments[1]) : nil)
      for index in items.indices.dropFirst().reversed() {
        items.swapAt(index, chance.below(index + 1))
      }
      return Value(items)
    }
  }
}
