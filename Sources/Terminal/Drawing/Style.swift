// What a cell means. Screens name roles; a theme says how a role looks.

/// The meaning of a piece of text, which a theme turns into colours.
public enum Role: String, CaseIterable, Sendable {
  // Frame of a screen
  case text, muted, title, header, heading, border, sentence
  case keys, key
  case rehearsal
  // States
  case good, busy, waiting, warning, failed
  // Parameters
  case changed, secret, input, invalid
  // Search and diffs
  case match, added, removed, hunk
}

/// How one cell is to be drawn: its role, and whether it is selected.
public struct Style: Hashable, Sendable {
  public var role: Role
  public var isSelected: Bool

  public init(_ role: Role, selected: Bool = false) {
    self.role = role
    isSelected = selected
  }

  public static let text = Style(.text)
}
