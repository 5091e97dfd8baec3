// Order of versions by the rules that the `version` test names: distutils' loose
// and strict ones, semantic versioning 2.0.0, and PEP 440.

import Jinja

/// Which rules a version follows.
enum VersionKind {
  case loose
  case strict
  case semantic
  case pep440

  init?(name: String) {
    switch name {
    case "loose": self = .loose
    case "strict": self = .strict
    case "semver", "semantic": self = .semantic
    case "pep440": self = .pep440
    default: return nil
    }
  }
}

/// Why two versions have no order, in Python's words.
struct VersionError: Error {
  var message: String
}

enum Versions {
  /// Whether `left` stands to `right` as `comparison` (`lt`, `ge`, …) says.
  static func holds(
    _ left: String, _ comparison: String, _ right: String,
    _ kind: VersionKind
  ) throws(VersionError) -> Bool {
    let order: Int
    switch kind {
    case .loose: order = try compare(loose(left), loose(right), comparison)
    case .strict: order = compare(try strict(left), try strict(right))
    case .semantic: order = compare(try semantic(left), try semantic(right))
    case .pep440: order = compare(try pep440(left), try pep440(right))
    }
    return switch comparison {
    case "lt": order < 0
    case "le": order <= 0
    case "gt": order > 0
    case "ge": order >= 0
    case "ne": order != 0
    default: order == 0
    }
  }

  /// A part of a version; parts of one kind have an order.
  private enum Part: Equatable {
    case number([UInt8])
    case word(String)
  }

  /// A number's digits without leading zeros: versions may hold dates that no
  /// integer type is made for.
  private static func number(_ digits: Substring) -> Part {
    .number(Array(digits.utf8.drop { $0 == 0x30 }))
  }

  private static func compare(_ left: [UInt8], _ right: [UInt8]) -> Int {
    if left.count != right.count { return left.count < right.count ? -1 : 1 }
    if left == right { return 0 }
    return left.lexicographicallyPrecedes(right) ? -1 : 1
  }

  private static func compare(_ left: String, _ right: String) -> Int {
    if left.utf8.elementsEqual(right.utf8) { return 0 }
    return left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
  }

  // MARK: Loose

  private static func loose(_ text: String) -> [Part] {
    var parts: [Part] = []
    var rest = Substring(text)
    func isDigit(_ character: Character) -> Bool {
      character.isASCII && character.isNumber
    }
    func isLetter(_ character: Character) -> Bool {
      ("a"..."z").contains(character)
    }
    while let first = rest.first {
      if isDigit(first) {
        let digits = rest.prefix(while: isDigit)
        parts.append(number(digits))
        rest = rest.dropFirst(digits.count)
      } else if isLetter(first) {
        let word = rest.prefix(while: isLetter)
        parts.append(.word(String(word)))
        rest = rest.dropFirst(word.count)
      } else if first == "." {
        rest = rest.dropFirst()
      } else {
        let other = rest.prefix { !isDigit($0) && !isLetter($0) && $0 != "." }
        parts.append(.word(String(other)))
        rest = rest.dropFirst(other.count)
      }
    }
    return parts
  }

  private static func compare(
    _ left: [Part], _ right: [Part], _ comparison: String
  ) throws(VersionError) -> Int {
    for (left, right) in zip(left, right) where left != right {
      switch (left, right) {
      case (.number(let left), .number(let right)):
        return compare(left, right)
      case (.word(let left), .word(let right)): return compare(left, right)
      case (.number, .word), (.word, .number):
        let types =
          if case .number = left { ("int", "str") } else { ("str", "int") }
        throw VersionError(
          message: "'<' not supported between instances of '\(types.0)' and "
            + "'\(types.1)'")
      }
    }
    return left.count == right.count ? 0 : left.count < right.count ? -1 : 1
  }

  // MARK: Strict

  private struct Strict {
    var numbers: [[UInt8]]
    /// `a` or `b` and its number; nil for a release, which comes after them.
    var prerelease: (String, [UInt8])?
  }

  private static func strict(_ text: String) throws(VersionError) -> Strict {
    let failure = VersionError(message: "invalid version number '\(text)'")
    guard
      let regex = try? PythonRegex(
        "^(\\d+)\\.(\\d+)(\\.(\\d+))?([ab](\\d+))?$", flags: .ascii),
      let match = try? regex.match(text)
    else { throw failure }
    func digits(_ group: Int) -> [UInt8] {
      Array((match.group(group) ?? "").utf8.drop { $0 == 0x30 })
    }
    return Strict(
      numbers: [digits(1), digits(2), digits(4)],
      prerelease: match.group(5).map { (String($0.prefix(1)), digits(6)) })
  }

  private static func compare(_ left: Strict, _ right: Strict) -> Int {
    for (left, right) in zip(left.numbers, right.numbers) {
      let order = compare(left, right)
      if order != 0 { return order }
    }
    switch (left.prerelease, right.prerelease) {
    case (nil, nil): return 0
    case (_, nil): return -1
    case (nil, _): return 1
    case (let left?, let right?):
      let order = compare(left.0, right.0)
      return order != 0 ? order : compare(left.1, right.1)
    }
  }

  // MARK: Semantic

  private struct Semantic {
    var core: [[UInt8]]
    var prerelease: [Part]
  }

  private static func semantic(_ text: String) throws(VersionError) -> Semantic
  {
    guard
      let regex = try? PythonRegex(
        "^(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)"
          + "(?:-((?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)"
          + "(?:\\.(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?"
          + "(?:\\+([0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*))?$", flags: .ascii),
      let match = try? regex.match(text)
    else {
      throw VersionError(message: "invalid semantic version '\(text)'")
    }
    let parts = (match.group(4) ?? "").split(separator: ".").map { part in
      part.allSatisfy(\.isNumber) ? number(part) : Part.word(String(part))
    }
    return Semantic(
      core: (1...3).map {
        Array((match.group($0) ?? "").utf8.drop { $0 == 0x30 })
      }, prerelease: parts)
  }

  private static func compare(_ left: Semantic, _ right: Semantic) -> Int {
    for (left, right) in zip(left.core, right.core) {
      let order = compare(left, right)
      if order != 0 { return order }
    }
    if left.prerelease.isEmpty || right.prerelease.isEmpty {
      return left.prerelease.isEmpty == right.prerelease.isEmpty
        ? 0 : left.prerelease.isEmpty ? 1 : -1
    }
    for (left, right) in zip(left.prerelease, right.prerelease)
    where left != right {
      switch (left, right) {
      case (.number(let left), .number(let right)):
        return compare(left, right)
      case (.word(let left), .word(let right)): return compare(left, right)
      case (.number, .word): return -1
      case (.word, .number): return 1
      }
    }
    let counts = (left.prerelease.count, right.prerelease.count)
    return counts.0 == counts.1 ? 0 : counts.0 < counts.1 ? -1 : 1
  }

  // MARK: PEP 440

  /// A version as PEP 440 sorts it.
  private struct Public {
    var epoch: Int
    var release: [Int]
    /// Rank and number of what stands before, at or after the release.
    var pre: (Int, Int)
    var post: Int
    var dev: Int
    var local: [Part]?
  }

  private static func pep440(_ text: String) throws(VersionError) -> Public {
    guard
      let regex = try? PythonRegex(
        "^\\s*v?(?:(\\d+)!)?(\\d+(?:\\.\\d+)*)"
          + "(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?(\\d+)?)?"
          + "(?:-(\\d+)|[-_.]?(post|rev|r)[-_.]?(\\d+)?)?"
          + "(?:[-_.]?(dev)[-_.]?(\\d+)?)?"
          + "(?:\\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?\\s*$",
        flags: [.ascii, .ignoreCase]), let match = try? regex.match(text)
    else { throw VersionError(message: "Invalid version: '\(text)'") }
    func int(_ group: Int) -> Int { Int(match.group(group) ?? "") ?? 0 }
    let hasPost = match.group(5) != nil || match.group(6) != nil
    let hasDev = match.group(8) != nil
    let ranks = [
      "a": 0, "alpha": 0, "b": 1, "beta": 1, "c": 2, "rc": 2, "pre": 2,
      "preview": 2,
    ]
    var pre = (3, 0)
    if let name = match.group(3)?.lowercased() {
      pre = (ranks[name] ?? 2, int(4))
    } else if hasDev, !hasPost {
      // A development release alone comes before all others.
      pre = (-1, 0)
    }
    var release = (match.group(2) ?? "").split(separator: ".")
      .map { Int($0) ?? 0 }
    while release.count > 1, release.last == 0 { release.removeLast() }
    return Public(
      epoch: int(1), release: release, pre: pre,
      post: hasPost ? int(match.group(5) != nil ? 5 : 7) : -1,
      dev: hasDev ? int(9) : Int.max,
      local: match.group(10)?.lowercased()
        .split { "-_.".contains($0) }
        .map { $0.allSatisfy(\.isNumber) ? number($0) : .word(String($0)) })
  }

  private static func compare(_ left: Public, _ right: Public) -> Int {
    func order<T: Comparable>(_ left: T, _ right: T) -> Int {
      left == right ? 0 : left < right ? -1 : 1
    }
    let width = max(left.release.count, right.release.count)
    func padded(_ release: [Int]) -> [Int] {
      release + Array(repeating: 0, count: width - release.count)
    }
    var steps = [order(left.epoch, right.epoch)]
    steps += zip(padded(left.release), padded(right.release)).map {
      order($0, $1)
    }
    steps += [
      order(left.pre.0, right.pre.0), order(left.pre.1, right.pre.1),
      order(left.post, right.post), order(left.dev, right.dev),
    ]
    if let first = steps.first(where: { $0 != 0 }) { return first }
    switch (left.local, right.local) {
    case (nil, nil): return 0
    case (nil, _): return -1
    case (_, nil): return 1
    case (let left?, let right?):
      for (left, right) in zip(left, right) where left != right {
        switch (left, right) {
        case (.number(let left), .number(let right)):
          return compare(left, right)
        case (.word(let left), .word(let right)): return compare(left, right)
        case (.number, .word): return 1
        case (.word, .number): return -1
        }
      }
      return order(left.count, right.count)
    }
  }
}
