// Untrusted text made safe to show on a terminal.

extension String {
  /// The text without anything that could steer a terminal or hide what it
  /// says: control characters, escape sequences and bidirectional overrides.
  ///
  /// A whole escape sequence goes, not just its first character, so that no
  /// `[31m` is left over. A tab becomes a space; line ends stay only when
  /// `keepingLines` is true, a carriage return never.
  public func terminalSafe(keepingLines: Bool = false) -> String {
    if unicodeScalars.allSatisfy({ isPlain($0) }) { return self }
    var result = String.UnicodeScalarView()
    var scalars = unicodeScalars.makeIterator()
    var next = scalars.next()
    while let scalar = next {
      next = scalars.next()
      switch scalar {
      case "\u{1b}":
        next = skipSequence(startingWith: next, &scalars)
      case "\u{9b}":
        next = skipControlSequence(from: next, &scalars)
      case "\u{90}", "\u{98}", "\u{9d}", "\u{9e}", "\u{9f}":
        next = skipString(from: next, &scalars)
      case "\n":
        result.append(keepingLines ? scalar : " ")
      case "\t":
        result.append(" ")
      default:
        if isPlain(scalar) { result.append(scalar) }
      }
    }
    return String(result)
  }
}

/// Whether a scalar only shows something.
private func isPlain(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0..<0x20, 0x7f..<0xa0: false
  // Marks, embeddings, overrides and isolates of the bidirectional algorithm,
  // which reorder what follows; line and paragraph separators.
  case 0x061c, 0x200e, 0x200f, 0x2028...0x202e, 0x2066...0x2069: false
  // Tags and interlinear marks, which show nothing at all.
  case 0xfff9...0xfffb, 0xe0000...0xe007f: false
  default: true
  }
}

private typealias Scalars = String.UnicodeScalarView.Iterator

/// What follows an escape sequence, whose escape character was just read.
///
/// The forms are those of ECMA-48, section 5.
private func skipSequence(
  startingWith first: Unicode.Scalar?, _ scalars: inout Scalars
) -> Unicode.Scalar? {
  guard let first else { return nil }
  switch first {
  case "[": return skipControlSequence(from: scalars.next(), &scalars)
  case "]", "P", "X", "^", "_":
    return skipString(from: scalars.next(), &scalars)
  case " "..."/":
    // Intermediate characters, then one that ends it.
    var next = scalars.next()
    while let scalar = next, (" "..."/").contains(scalar) {
      next = scalars.next()
    }
    guard let last = next, ("0"..."~").contains(last) else { return next }
    return scalars.next()
  case "0"..."~": return scalars.next()
  default: return first
  }
}

/// What follows a control sequence: parameters, then a character from `@`.
private func skipControlSequence(
  from first: Unicode.Scalar?, _ scalars: inout Scalars
) -> Unicode.Scalar? {
  var next = first
  while let scalar = next {
    if ("@"..."~").contains(scalar) { return scalars.next() }
    // Anything else than parameters breaks the sequence off.
    guard (" "..."?").contains(scalar) else { return scalar }
    next = scalars.next()
  }
  return nil
}

/// What follows a control string, which ends with BEL or ST.
private func skipString(
  from first: Unicode.Scalar?, _ scalars: inout Scalars
) -> Unicode.Scalar? {
  var next = first
  while let scalar = next {
    switch scalar {
    case "\u{07}", "\u{9c}": return scalars.next()
    case "\u{1b}":
      let after = scalars.next()
      return after == "\\" ? scalars.next() : after
    // An unfinished string must not swallow the lines after it.
    case "\n": return scalar
    default: next = scalars.next()
    }
  }
  return nil
}
