// The search line of a list.

import Terminal

/// What is searched for, and whether it is being typed.
struct Search: Hashable, Sendable {
  private(set) var isTyping = false
  private(set) var line = LineEditor()

  var text: String { line.text }
  var isActive: Bool { isTyping || !text.isEmpty }

  mutating func begin() { isTyping = true }

  mutating func clear() { self = Search() }

  /// Takes a key while the text is typed.
  ///
  /// - Returns: Whether the text changed.
  mutating func handle(_ key: Key) -> Bool {
    let before = text
    switch key {
    case .escape: clear()
    case .enter: isTyping = false
    default: _ = line.handle(key)
    }
    return text != before
  }

  mutating func paste(_ text: String) { line.insert(text) }

  /// Whether one of the texts holds what is searched for, in any case.
  func matches(_ texts: String...) -> Bool {
    guard !text.isEmpty else { return true }
    let needle = Array(text.lowercased().utf8)
    return texts.contains { $0.lowercased().holds(needle) }
  }
}

extension String {
  /// Whether the bytes stand somewhere in the text.
  ///
  /// Lists of hundreds of lines are searched at every key, for which the
  /// standard library's search takes too long.
  fileprivate func holds(_ needle: [UInt8]) -> Bool {
    guard let first = needle.first else { return true }
    var text = self
    return text.withUTF8 { text in
      var place = 0
      while place + needle.count <= text.count {
        if text[place] == first,
          text[place..<(place + needle.count)].elementsEqual(needle)
        {
          return true
        }
        place += 1
      }
      return false
    }
  }
}
