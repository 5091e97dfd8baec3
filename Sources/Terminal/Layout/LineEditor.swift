// A line of text that is being edited: the text, the cursor, and the keys that
// a shell's line has.

/// The state of a one-line field.
public struct LineEditor: Hashable, Sendable {
  private var characters: [Character]
  /// The cursor, as a number of characters before it.
  public private(set) var cursor: Int

  public init(_ text: String = "") {
    characters = Array(text)
    cursor = characters.count
  }

  public var text: String { String(characters) }

  /// Takes a key if it edits; false leaves it to the screen.
  public mutating func handle(_ key: Key) -> Bool {
    switch key {
    case .left, .control("b"): cursor = max(0, cursor - 1)
    case .right, .control("f"): cursor = min(characters.count, cursor + 1)
    case .home, .control("a"): cursor = 0
    case .end, .control("e"): cursor = characters.count
    case .backspace:
      guard cursor > 0 else { return true }
      cursor -= 1
      characters.remove(at: cursor)
    case .delete, .control("d"):
      guard cursor < characters.count else { return true }
      characters.remove(at: cursor)
    case .control("u"):
      characters.removeFirst(cursor)
      cursor = 0
    case .control("k"):
      characters.removeLast(characters.count - cursor)
    case .control("w"):
      let end = cursor
      while cursor > 0, characters[cursor - 1] == " " { cursor -= 1 }
      while cursor > 0, characters[cursor - 1] != " " { cursor -= 1 }
      characters.removeSubrange(cursor..<end)
    default:
      guard let typed = key.typed else { return false }
      insert(String(Character(typed)))
    }
    return true
  }

  /// Puts text in at the cursor; line ends become spaces.
  public mutating func insert(_ text: String) {
    let before = String(characters[..<cursor]) + text.withoutControls
    let after = characters[cursor...]
    let head = Array(before)
    cursor = head.count
    characters = head + after
  }

  /// The part that shows in `width` columns, with the cursor's column in it;
  /// `mask`, if given, stands for every character of a secret.
  public func view(
    width: Int, mask: Character? = nil
  ) -> (text: String, cursorColumn: Int) {
    guard width > 0 else { return ("", 0) }
    let shown = mask.map { mask in characters.map { _ in mask } } ?? characters
    var start = 0
    func columns(_ range: Range<Int>) -> Int {
      String(shown[range]).columns
    }
    while start < cursor, columns(start..<cursor) >= width { start += 1 }
    var end = start
    while end < shown.count, columns(start..<end + 1) <= width { end += 1 }
    return (String(shown[start..<end]), columns(start..<cursor))
  }
}
