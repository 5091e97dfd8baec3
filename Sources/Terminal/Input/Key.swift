// Keys and other input, as screens see them.

/// A key that was pressed.
public struct Key: Hashable, Sendable {
  public enum Code: Hashable, Sendable {
    case character(Unicode.Scalar)
    case enter, tab, escape, backspace, delete, insert
    case up, down, left, right, home, end, pageUp, pageDown
    case function(Int)
  }

  public struct Modifiers: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let shift = Modifiers(rawValue: 1)
    public static let alt = Modifiers(rawValue: 2)
    public static let control = Modifiers(rawValue: 4)
  }

  public var code: Code
  public var modifiers: Modifiers

  public init(_ code: Code, _ modifiers: Modifiers = []) {
    self.code = code
    self.modifiers = modifiers
  }

  public static func character(_ scalar: Unicode.Scalar) -> Key {
    Key(.character(scalar))
  }

  /// Ctrl with a lower-case letter.
  public static func control(_ scalar: Unicode.Scalar) -> Key {
    Key(.character(scalar), .control)
  }

  public static func function(_ number: Int) -> Key { Key(.function(number)) }

  public static let enter = Key(.enter)
  public static let tab = Key(.tab)
  public static let backTab = Key(.tab, .shift)
  public static let escape = Key(.escape)
  public static let backspace = Key(.backspace)
  public static let delete = Key(.delete)
  public static let insert = Key(.insert)
  public static let up = Key(.up)
  public static let down = Key(.down)
  public static let left = Key(.left)
  public static let right = Key(.right)
  public static let home = Key(.home)
  public static let end = Key(.end)
  public static let pageUp = Key(.pageUp)
  public static let pageDown = Key(.pageDown)
  public static let space = Key.character(" ")

  /// The character that the key types, if it types one.
  public var typed: Unicode.Scalar? {
    guard case .character(let scalar) = code,
      modifiers.isDisjoint(with: [.alt, .control])
    else { return nil }
    return scalar
  }

  /// The name that a line of keys shows, such as `enter`, `^C` or `F5`.
  public var name: String {
    var prefix = ""
    if modifiers.contains(.alt) { prefix += "M-" }
    switch code {
    case .character(" "): return prefix + "space"
    case .character(let scalar):
      if modifiers.contains(.control) {
        return prefix + "^" + String(scalar).uppercased()
      }
      return prefix + String(scalar)
    case .tab where modifiers.contains(.shift): return prefix + "shift-tab"
    case .function(let number): return prefix + "F\(number)"
    default: break
    }
    if modifiers.contains(.control) { prefix += "C-" }
    if modifiers.contains(.shift) { prefix += "S-" }
    let names: [Code: String] = [
      .enter: "enter", .tab: "tab", .escape: "esc", .backspace: "backspace",
      .delete: "del", .insert: "ins", .up: "up", .down: "down", .left: "left",
      .right: "right", .home: "home", .end: "end", .pageUp: "pgup",
      .pageDown: "pgdn",
    ]
    return prefix + (names[code] ?? "")
  }
}

/// A character in quotes is the key that types it.
extension Key: ExpressibleByUnicodeScalarLiteral {
  public init(unicodeScalarLiteral value: Unicode.Scalar) {
    self = .character(value)
  }
}

/// A press of a mouse button or a turn of the wheel.
public struct Mouse: Hashable, Sendable {
  public enum Action: Hashable, Sendable {
    case press, wheelUp, wheelDown
  }

  public var action: Action
  public var place: Point

  public init(_ action: Action, at place: Point) {
    self.action = action
    self.place = place
  }
}

/// What came from the keyboard.
public enum Input: Hashable, Sendable {
  case key(Key)
  /// Text that was pasted in one piece; it may hold line ends.
  case paste(String)
  case mouse(Mouse)
}
