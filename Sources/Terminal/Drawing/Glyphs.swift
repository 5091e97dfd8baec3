// The marks that screens draw: Unicode where the locale is UTF-8, ASCII
// elsewhere. Line drawing by the terminal's alternate set is never used: it
// shows as letters in PuTTY.

/// The marks of one character set.
public struct Glyphs: Hashable, Sendable {
  public let isASCII: Bool
  // States; each differs in shape, so that colour is never needed.
  public let good: String
  public let busy: String
  public let waiting: String
  public let failed: String
  public let warning: String
  public let unknown: String
  // Lines
  public let horizontal: String
  public let vertical: String
  public let topLeft: String
  public let topRight: String
  public let bottomLeft: String
  public let bottomRight: String
  // Lists and text
  public let cursor: String
  public let ellipsis: String
  public let arrow: String
  public let above: String
  public let below: String
  public let checked = "[x]"
  public let unchecked = "[ ]"
  /// A box that another choice holds checked.
  public let held = "[+]"

  public static let unicode = Glyphs(
    isASCII: false, good: "✓", busy: "◐", waiting: "·", failed: "✗",
    warning: "!", unknown: "?", horizontal: "─", vertical: "│", topLeft: "┌",
    topRight: "┐", bottomLeft: "└", bottomRight: "┘", cursor: ">",
    ellipsis: "…", arrow: "→", above: "↑",
    below: "↓")

  public static let ascii = Glyphs(
    isASCII: true, good: "+", busy: "~", waiting: ".", failed: "x",
    warning: "!", unknown: "?", horizontal: "-", vertical: "|", topLeft: "+",
    topRight: "+", bottomLeft: "+", bottomRight: "+", cursor: ">",
    ellipsis: "..", arrow: "->", above: "^",
    below: "v")
}
