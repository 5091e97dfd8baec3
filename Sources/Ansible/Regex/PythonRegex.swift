// Python's `re` over PCRE2: the same patterns, the same matches, the same
// replacement templates; a match that backtracks without end is an error.

import CAnsible

/// A compiled regular expression in Python's dialect.
public struct PythonRegex: Sendable {
  /// One match in a subject.
  public struct Match: Sendable {
    let subject: [UInt8]
    /// Start and end in bytes of the whole match and of every group, nil for
    /// a group that took no part.
    let spans: [Range<Int>?]
    let names: [String: Int]

    /// The whole match.
    public var text: String { group(0) ?? "" }

    /// Group `number`, nil where it took no part or does not exist.
    public func group(_ number: Int) -> String? {
      guard spans.indices.contains(number), let span = spans[number] else {
        return nil
      }
      return String(decoding: subject[span], as: UTF8.self)
    }

    /// The number of the group called `name`, nil where there is none.
    public func number(ofGroup name: String) -> Int? { names[name] }

    /// How many groups the expression has.
    public var groupCount: Int { spans.count - 1 }

    var range: Range<Int> { spans.first.flatMap { $0 } ?? 0..<0 }
  }

  /// The pattern as it was given.
  public let pattern: String
  public let flags: RegexFlags
  /// Numbers of the groups that have a name.
  public let groupNames: [String: Int]
  public let groupCount: Int
  private let compiled: CompiledRegex
  /// Steps of backtracking that one match may take.
  private let matchLimit: UInt32

  /// Compiles `pattern`.
  ///
  /// - Throws: `RegexError` in Python's words.
  public init(
    _ pattern: String, flags: RegexFlags = [], matchLimit: UInt32 = 5_000_000
  ) throws(RegexError) {
    let translated = try RegexTranslator.translate(pattern, flags: flags)
    self.pattern = pattern
    self.flags = translated.flags
    self.groupNames = translated.groupNames
    self.groupCount = translated.groupCount
    self.matchLimit = matchLimit
    compiled = try CompiledRegex(translated.pattern, flags: translated.flags)
  }

  /// Where a match may begin and end.
  enum Anchoring {
    case anywhere
    case atStart
    case whole
  }

  private func find(
    in subject: [UInt8], from start: Int, anchoring: Anchoring = .anywhere,
    mustAdvance: Bool = false
  ) throws(RegexError) -> Match? {
    var options = UInt32(0)
    if anchoring != .anywhere { options |= UInt32(ca_regex_anchored) }
    if anchoring == .whole { options |= UInt32(ca_regex_end_anchored) }
    if mustAdvance { options |= UInt32(ca_regex_not_empty_at_start) }
    guard
      let spans = try compiled.match(
        subject, from: start, options: options, limit: matchLimit,
        groupCount: groupCount, pattern: pattern)
    else { return nil }
    return Match(subject: subject, spans: spans, names: groupNames)
  }

  /// `re.search`: the first match anywhere.
  public func search(_ text: String) throws(RegexError) -> Match? {
    try find(in: Array(text.utf8), from: 0)
  }

  /// `re.match`: a match at the start.
  public func match(_ text: String) throws(RegexError) -> Match? {
    try find(in: Array(text.utf8), from: 0, anchoring: .atStart)
  }

  /// `re.fullmatch`: a match of the whole text.
  public func fullMatch(_ text: String) throws(RegexError) -> Match? {
    try find(in: Array(text.utf8), from: 0, anchoring: .whole)
  }

  /// `re.finditer`: every match from left to right; an empty one may follow
  /// right after another, as in Python since 3.7.
  public func matches(
    in text: String, most: Int = .max
  ) throws(RegexError) -> [Match] {
    let subject = Array(text.utf8)
    var found: [Match] = []
    var start = 0
    var mustAdvance = false
    while found.count < most,
      let match = try find(in: subject, from: start, mustAdvance: mustAdvance)
    {
      found.append(match)
      start = match.range.upperBound
      mustAdvance = match.range.isEmpty
    }
    return found
  }

  /// `re.subn`: the text with at most `count` matches replaced (0 for all) by
  /// the template `replacement`, and how many were.
  public func substitute(
    _ replacement: String, in text: String, count: Int = 0
  ) throws(RegexError) -> (text: String, count: Int) {
    let template = try RegexReplacement(replacement, for: self)
    let found = try matches(in: text, most: count > 0 ? count : .max)
    guard !found.isEmpty else { return (text, 0) }
    let subject = Array(text.utf8)
    var result: [UInt8] = []
    result.reserveCapacity(subject.count)
    var position = 0
    for match in found {
      result += subject[position..<match.range.lowerBound]
      template.append(match, to: &result)
      position = match.range.upperBound
    }
    result += subject[position...]
    return (String(decoding: result, as: UTF8.self), found.count)
  }

  /// `re.split`: the pieces between matches, with the groups of every match
  /// between them.
  public func split(
    _ text: String, most: Int = 0
  ) throws(RegexError) -> [String?] {
    let subject = Array(text.utf8)
    var pieces: [String?] = []
    var position = 0
    for match in try matches(in: text, most: most > 0 ? most : .max) {
      pieces.append(
        String(
          decoding: subject[position..<match.range.lowerBound], as: UTF8.self))
      if groupCount > 0 {
        for number in 1...groupCount { pieces.append(match.group(number)) }
      }
      position = match.range.upperBound
    }
    pieces.append(String(decoding: subject[position...], as: UTF8.self))
    return pieces
  }

  /// `re.escape`: a pattern that matches `text` itself.
  public static func escape(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      if "()[]{}?*+-|^$\\.&~# \t\n\r\u{0B}\u{0C}".unicodeScalars
        .contains(scalar)
      {
        result += "\\"
      }
      result.unicodeScalars.append(scalar)
    }
    return result
  }
}

/// PCRE2's compiled form.
///
/// It is written once, in `init`, and PCRE2 lets any number of threads match
/// with it at a time: hence `@unchecked Sendable`.
private final class CompiledRegex: @unchecked Sendable {
  private let code: OpaquePointer

  init(_ pattern: String, flags: RegexFlags) throws(RegexError) {
    var options = UInt32(0)
    if flags.contains(.ignoreCase) { options |= UInt32(ca_regex_caseless) }
    if flags.contains(.multiline) { options |= UInt32(ca_regex_multiline) }
    if flags.contains(.dotAll) { options |= UInt32(ca_regex_dotall) }
    if flags.contains(.ascii) { options |= UInt32(ca_regex_ascii) }
    var message = [CChar](repeating: 0, count: 200)
    var offset = 0
    var bytes = Array(pattern.utf8)
    let count = bytes.count
    bytes.append(0)
    guard
      let made = ca_regex_compile(
        bytes, count, options, &message, message.count, &offset)
    else {
      let text = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      throw RegexError(String(decoding: text, as: UTF8.self))
    }
    code = made
  }

  deinit { ca_regex_free(code) }

  func match(
    _ subject: [UInt8], from start: Int, options: UInt32, limit: UInt32,
    groupCount: Int, pattern: String
  ) throws(RegexError) -> [Range<Int>?]? {
    var spans = [Int](repeating: 0, count: 2 * (groupCount + 1))
    let result = spans.withUnsafeMutableBytes { room in
      subject.withUnsafeBufferPointer { buffer in
        var nothing: UInt8 = 0
        let slots = room.bindMemory(to: Int.self).baseAddress
        return withUnsafePointer(to: &nothing) { empty in
          ca_regex_match(
            code, buffer.baseAddress ?? empty, buffer.count, start, options,
            limit, slots, 2 * (groupCount + 1))
        }
      }
    }
    switch Int(result) {
    case 1:
      return (0...groupCount).map { group in
        let low = spans[2 * group]
        let high = spans[2 * group + 1]
        return low < 0 || high < low ? nil : low..<high
      }
    case Int(ca_regex_no_match): return nil
    case Int(ca_regex_match_limit):
      throw RegexError(
        "the expression '\(pattern)' takes too many steps on this text; "
          + "nested repetitions such as (a+)+ are the usual cause")
    default:
      throw RegexError("the expression '\(pattern)' could not be matched")
    }
  }
}
