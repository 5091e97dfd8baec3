// A theme: the attributes of each role. It comes as a plain dictionary, which
// the Console reads from themes/NAME.yaml, and is checked here.

/// A colour: the terminal's own, or a number of the 256-colour palette.
///
/// Numbers below 8 are the eight of every colour terminal, 8 to 15 their bright
/// forms, the rest a cube and greys as xterm defines them.
public struct Color: Hashable, Sendable {
  /// -1 is the terminal's own colour.
  public let number: Int

  public static let own = Color(number: -1)

  init(number: Int) { self.number = number }

  private static let names = [
    "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white",
  ]

  /// Reads `green`, `bright-green`, `default` or a number from 0 to 255.
  public init?(_ text: String) {
    if text == "default" {
      self = .own
    } else if let number = Int(text), (0...255).contains(number) {
      self.init(number: number)
    } else if let index = Self.names.firstIndex(of: text) {
      self.init(number: index)
    } else if text.hasPrefix("bright-"),
      let index = Self.names.firstIndex(of: String(text.dropFirst(7)))
    {
      self.init(number: index + 8)
    } else {
      return nil
    }
  }

  /// The nearest colour of a terminal that has only so many.
  public func limited(to count: Int) -> Color {
    guard number >= 0, count > 0 else { return .own }
    if number < count { return self }
    if number < 16 { return Color(number: number & 7) }
    let bits = rgb
    let brightest = max(bits.red, bits.green, bits.blue)
    guard brightest > 60 else { return Color(number: 0) }
    let half = brightest / 2
    return Color(
      number: (bits.red > half ? 1 : 0) | (bits.green > half ? 2 : 0)
        | (bits.blue > half ? 4 : 0))
  }

  private var rgb: (red: Int, green: Int, blue: Int) {
    if number >= 232 {
      let grey = 8 + 10 * (number - 232)
      return (grey, grey, grey)
    }
    let index = number - 16
    func level(_ step: Int) -> Int { step == 0 ? 0 : 55 + 40 * step }
    return (level(index / 36), level(index / 6 % 6), level(index % 6))
  }
}

/// What a terminal is told about a cell.
public struct Attributes: Hashable, Sendable {
  public var foreground = Color.own
  public var background = Color.own
  public var isBold = false
  public var isDim = false
  public var isUnderlined = false
  public var isReversed = false

  public init() {}

  /// Reads `bold`, `dim`, `underline`, `reverse`, colours, and `on COLOUR`.
  init?(_ text: String) {
    var words = text.split(separator: " ").map(String.init)[...]
    while let word = words.popFirst() {
      switch word {
      case "bold": isBold = true
      case "dim": isDim = true
      case "underline": isUnderlined = true
      case "reverse": isReversed = true
      case "plain": break
      case "on":
        guard let name = words.popFirst(), let color = Color(name) else {
          return nil
        }
        background = color
      default:
        guard let color = Color(word) else { return nil }
        foreground = color
      }
    }
  }
}

/// Why a theme was refused.
public struct ThemeError: Error, Hashable, CustomStringConvertible {
  public let description: String
}

/// The look of every role, and of the selected line.
public struct Theme: Hashable, Sendable {
  public let name: String
  private var attributes: [Role: Attributes]
  private var selected: Attributes

  /// Checks the entries of a theme file: role names, and `selected`, each with
  /// words such as `bold green` or `236 on 252`.
  ///
  /// A role that is left out looks like plain text.
  ///
  /// - Throws: `ThemeError` that names the entry at fault.
  public init(name: String, entries: [String: String]) throws {
    self.name = name
    attributes = [:]
    selected = Attributes()
    selected.isReversed = true
    for (key, text) in entries.sorted(by: { $0.key < $1.key }) {
      guard let value = Attributes(text) else {
        throw ThemeError(
          description: "theme \(name): \(key): \"\(text)\" is not a list of "
            + "bold, dim, underline, reverse, a colour, on COLOUR")
      }
      if key == "selected" {
        selected = value
      } else if let role = Role(rawValue: key) {
        attributes[role] = value
      } else {
        throw ThemeError(description: "theme \(name): no role named \(key)")
      }
    }
  }

  private init(name: String, attributes: [Role: Attributes]) {
    self.name = name
    self.attributes = attributes
    selected = Attributes()
    selected.isReversed = true
  }

  /// The look that needs no file and no colour: attributes alone.
  public static let plain: Theme = {
    var bold = Attributes()
    bold.isBold = true
    var underlined = Attributes()
    underlined.isUnderlined = true
    var reversed = Attributes()
    reversed.isReversed = true
    return Theme(
      name: "plain",
      attributes: [
        .title: bold, .heading: underlined, .key: bold, .failed: bold,
        .warning: bold, .changed: bold, .match: underlined, .invalid: bold,
        .input: underlined, .rehearsal: reversed,
      ])
  }()

  /// The attributes of a style.
  public func attributes(_ style: Style) -> Attributes {
    let own = attributes[style.role] ?? Attributes()
    // What has a background of its own, such as a match, keeps both colours:
    // its text may not be seen on another.
    guard style.isSelected, own.background == .own else { return own }
    var result = selected
    result.isBold = result.isBold || own.isBold
    if result.foreground == .own, !result.isReversed {
      result.foreground = own.foreground
    }
    return result
  }

  /// The same theme on a terminal that has only so many colours, 0 = none.
  public func limited(toColors count: Int) -> Theme {
    func limit(_ value: Attributes) -> Attributes {
      var value = value
      if count == 0, value.background != .own { value.isReversed = true }
      value.foreground = value.foreground.limited(to: count)
      value.background = value.background.limited(to: count)
      return value
    }
    var result = self
    result.attributes = attributes.mapValues(limit)
    result.selected = limit(selected)
    return result
  }
}
