// Bytes from a terminal to keys. Pure: the caller reads, and says when no more
// came for a while (a lone Esc is known only by the silence after it).

/// Decodes what a terminal sends, across reads that may cut it anywhere.
public struct KeyDecoder: Sendable {
  /// Sequences that this terminal's terminfo entry names.
  private var named: [[UInt8]: Key]
  private var longestName: Int
  private let eraseCharacter: UInt8?
  private var pending: [UInt8] = []
  private var paste: [UInt8]?

  /// The longest paste that is kept; the rest of a longer one is dropped.
  public static let pasteLimit = 1 << 20

  /// A decoder for one terminal.
  ///
  /// - Parameters:
  ///   - sequences: Sequences of the terminal's own, from terminfo.
  ///   - eraseCharacter: What the backspace key sends, from stty.
  public init(
    sequences: [(bytes: [UInt8], key: Key)] = [], eraseCharacter: UInt8? = nil
  ) {
    named = [:]
    longestName = 0
    for sequence in sequences where sequence.bytes.count > 1 {
      named[sequence.bytes] = sequence.key
      longestName = max(longestName, sequence.bytes.count)
    }
    self.eraseCharacter = eraseCharacter
  }

  /// Whether bytes are held back because they may begin a sequence.
  public var isWaiting: Bool { !pending.isEmpty && paste == nil }

  /// Takes bytes in; gives what they completed.
  public mutating func decode(_ bytes: some Sequence<UInt8>) -> [Input] {
    pending += bytes
    var result: [Input] = []
    while !pending.isEmpty {
      if paste != nil {
        guard let text = takePaste() else { break }
        result.append(.paste(text))
        continue
      }
      guard let step = next(silence: false) else { break }
      pending.removeFirst(step.length)
      if let input = step.input { result.append(input) }
    }
    return result
  }

  /// Says that nothing came for a while: what is held back is complete.
  public mutating func silence() -> [Input] {
    guard paste == nil else { return [] }
    var result: [Input] = []
    while !pending.isEmpty, paste == nil {
      let step =
        next(silence: true) ?? Step(length: 1, input: .key(.escape))
      pending.removeFirst(step.length)
      if let input = step.input { result.append(input) }
    }
    return result
  }

  private struct Step {
    var length: Int
    var input: Input?
  }

  private mutating func next(silence: Bool) -> Step? {
    let first = pending[0]
    if first == 0x1B { return escape(silence: silence) }
    if let eraseCharacter, first == eraseCharacter, first != 0 {
      return key(.backspace)
    }
    switch first {
    case 0x0D, 0x0A: return key(.enter)
    case 0x09: return key(.tab)
    case 0x08, 0x7F: return key(.backspace)
    case 0x00: return key(.control(" "))
    case 0x01...0x1A:
      return key(.control(Unicode.Scalar(first + 0x60)))
    case 0x1C...0x1F:
      return key(.control(Unicode.Scalar(first + 0x40)))
    case 0x20..<0x7F: return key(.character(Unicode.Scalar(first)))
    default: return utf8(silence: silence)
    }
  }

  private func key(_ key: Key, length: Int = 1) -> Step {
    Step(length: length, input: .key(key))
  }

  private func utf8(silence: Bool) -> Step? {
    let first = pending[0]
    let length =
      switch first {
      case 0xC2...0xDF: 2
      case 0xE0...0xEF: 3
      case 0xF0...0xF4: 4
      default: 1
      }
    guard length > 1 else { return Step(length: 1, input: nil) }
    for index in 1..<length {
      guard index < pending.count else {
        return silence ? Step(length: pending.count, input: nil) : nil
      }
      if pending[index] & 0xC0 != 0x80 {
        return Step(length: index, input: nil)
      }
    }
    let text = String(decoding: pending[..<length], as: UTF8.self)
    guard let scalar = text.unicodeScalars.first, scalar != "\u{FFFD}" else {
      return Step(length: length, input: nil)
    }
    return key(.character(scalar), length: length)
  }

  private mutating func escape(silence: Bool) -> Step? {
    if let step = ofTerminfo(silence: silence) { return step }
    guard pending.count > 1 else { return silence ? key(.escape) : nil }
    switch pending[1] {
    case UInt8(ascii: "["): return controlSequence(silence: silence)
    case UInt8(ascii: "O"): return singleShift(silence: silence)
    case 0x1B:
      // Esc before another sequence: the first stands alone.
      return key(.escape)
    default:
      // Alt sends Esc and the key.
      let rest = Array(pending.dropFirst())
      var inner = KeyDecoder(eraseCharacter: eraseCharacter)
      inner.pending = rest
      guard let step = inner.next(silence: silence) else { return nil }
      guard case .key(var pressed) = step.input else {
        return Step(length: step.length + 1, input: nil)
      }
      pressed.modifiers.insert(.alt)
      return key(pressed, length: step.length + 1)
    }
  }

  private func ofTerminfo(silence: Bool) -> Step? {
    guard longestName > 0 else { return nil }
    var length = min(longestName, pending.count)
    while length > 1 {
      if let found = named[Array(pending[..<length])] {
        return key(found, length: length)
      }
      length -= 1
    }
    return nil
  }

  /// ESC O x, as sent in application mode and by VT100 keypads.
  private func singleShift(silence: Bool) -> Step? {
    guard pending.count > 2 else {
      return silence
        ? key(Key(.character("O"), .alt), length: 2) : nil
    }
    if let code = Self.finals[pending[2]] { return key(Key(code), length: 3) }
    let keypad: [UInt8: Key] = [
      UInt8(ascii: "M"): .enter, UInt8(ascii: "I"): .tab,
    ]
    if let found = keypad[pending[2]] { return key(found, length: 3) }
    if (0x6A...0x79).contains(pending[2]) {
      // The numeric keypad: j to y stand for * to 9.
      return key(.character(Unicode.Scalar(pending[2] - 0x40)), length: 3)
    }
    return Step(length: 3, input: nil)
  }

  private static let finals: [UInt8: Key.Code] = [
    UInt8(ascii: "A"): .up, UInt8(ascii: "B"): .down,
    UInt8(ascii: "C"): .right, UInt8(ascii: "D"): .left,
    UInt8(ascii: "H"): .home, UInt8(ascii: "F"): .end,
    UInt8(ascii: "P"): .function(1), UInt8(ascii: "Q"): .function(2),
    UInt8(ascii: "R"): .function(3), UInt8(ascii: "S"): .function(4),
  ]

  private static let tildes: [Int: Key.Code] = [
    1: .home, 2: .insert, 3: .delete, 4: .end, 5: .pageUp, 6: .pageDown,
    7: .home, 8: .end, 11: .function(1), 12: .function(2), 13: .function(3),
    14: .function(4), 15: .function(5), 17: .function(6), 18: .function(7),
    19: .function(8), 20: .function(9), 21: .function(10), 23: .function(11),
    24: .function(12),
  ]

  /// ESC [ parameters final, as ECMA-48 defines it.
  private mutating func controlSequence(silence: Bool) -> Step? {
    guard pending.count > 2 else {
      return silence ? key(Key(.character("["), .alt), length: 2) : nil
    }
    // The Linux console sends ESC [ [ A to E for F1 to F5.
    if pending[2] == UInt8(ascii: "[") {
      guard pending.count > 3 else { return unfinished(silence) }
      let number = Int(pending[3]) - 0x40
      guard (1...5).contains(number) else { return Step(length: 4, input: nil) }
      return key(.function(number), length: 4)
    }
    // An old mouse report: three bytes follow.
    if pending[2] == UInt8(ascii: "M") {
      guard pending.count > 5 else { return unfinished(silence) }
      let place = Point(
        column: Int(pending[4]) - 33, row: Int(pending[5]) - 33)
      return Step(
        length: 6, input: Self.mouse(Int(pending[3]) - 32, place, true))
    }
    var end = 2
    while end < pending.count, !(0x40...0x7E).contains(pending[end]) {
      if pending[end] < 0x20 || pending[end] >= 0x7F || end > 64 {
        return Step(length: end, input: nil)
      }
      end += 1
    }
    guard end < pending.count else { return unfinished(silence) }
    let body = pending[2..<end]
    let length = end + 1
    if body.first == UInt8(ascii: "<") {
      return mouseReport(body.dropFirst(), final: pending[end], length: length)
    }
    let numbers = Self.numbers(body)
    let modifiers = Key.Modifiers(
      rawValue: UInt8(clamping: max(0, (numbers.dropFirst().first ?? 1) - 1))
        & 7)
    switch pending[end] {
    case UInt8(ascii: "~"):
      let number = numbers.first ?? 0
      if number == 200 {
        paste = []
        return Step(length: length, input: nil)
      }
      guard let code = Self.tildes[number] else {
        return Step(length: length, input: nil)
      }
      return key(Key(code, modifiers), length: length)
    case UInt8(ascii: "Z"): return key(.backTab, length: length)
    case let final:
      guard let code = Self.finals[final] else {
        return Step(length: length, input: nil)
      }
      return key(Key(code, modifiers), length: length)
    }
  }

  private func unfinished(_ silence: Bool) -> Step? {
    silence ? Step(length: pending.count, input: nil) : nil
  }

  private static func numbers(_ body: ArraySlice<UInt8>) -> [Int] {
    body.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
      .map { Int(String(decoding: $0, as: UTF8.self)) ?? 0 }
  }

  private func mouseReport(
    _ body: ArraySlice<UInt8>, final: UInt8, length: Int
  ) -> Step {
    let numbers = Self.numbers(body)
    guard numbers.count == 3 else { return Step(length: length, input: nil) }
    let place = Point(column: numbers[1] - 1, row: numbers[2] - 1)
    return Step(
      length: length,
      input: Self.mouse(numbers[0], place, final == UInt8(ascii: "M")))
  }

  private static func mouse(
    _ button: Int, _ place: Point, _ isDown: Bool
  ) -> Input? {
    guard isDown, place.column >= 0, place.row >= 0 else { return nil }
    switch button & ~0b11100 {
    case 0: return .mouse(Mouse(.press, at: place))
    case 64: return .mouse(Mouse(.wheelUp, at: place))
    case 65: return .mouse(Mouse(.wheelDown, at: place))
    default: return nil
    }
  }

  private static let pasteEnd: [UInt8] = Array("\u{1B}[201~".utf8)

  private mutating func takePaste() -> String? {
    guard var text = paste else { return nil }
    let end = Self.pasteEnd
    var index = 0
    while index < pending.count {
      if pending[index] == end[0] {
        let rest = pending[index...].prefix(end.count)
        if rest.elementsEqual(end) {
          text += pending[..<index]
          pending.removeFirst(index + end.count)
          paste = nil
          return String(
            decoding: text.prefix(Self.pasteLimit), as: UTF8.self)
        }
        if rest.count < end.count, end.starts(with: rest) { break }
      }
      index += 1
    }
    text += pending[..<index]
    pending.removeFirst(index)
    paste = Array(text.prefix(Self.pasteLimit))
    return nil
  }
}
