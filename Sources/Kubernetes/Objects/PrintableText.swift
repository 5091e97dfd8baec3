// Text from a cluster may hold anything; what reaches a screen or a sentence
// holds no control characters.

extension String {
  /// The text on one line without characters that steer a terminal.
  ///
  /// Runs of white space, line ends included, become one space. C0 and C1
  /// controls, and the marks that reverse or hide text (Unicode's bidirectional
  /// controls, zero-width and tag characters), are dropped.
  public var printable: String {
    if utf8.allSatisfy({ (0x21...0x7E).contains($0) }) { return self }
    var text = String.UnicodeScalarView()
    var pendingSpace = false
    for scalar in unicodeScalars {
      if scalar.isBreakOrBlank {
        pendingSpace = !text.isEmpty
      } else if !scalar.isUnprintable {
        if pendingSpace { text.append(" ") }
        pendingSpace = false
        text.append(scalar)
      }
    }
    return String(text)
  }

  /// The same for a line whose indentation carries meaning, as in YAML or in
  /// a diff: every break or blank becomes one space, and none is dropped.
  public var printableLine: String {
    if utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return self }
    var text = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      if scalar.isBreakOrBlank {
        text.append(" ")
      } else if !scalar.isUnprintable {
        text.append(scalar)
      }
    }
    return String(text)
  }

  /// The same for whole text: line feeds and tabs stay.
  public var printableText: String {
    let isPlain = utf8.allSatisfy {
      (0x20...0x7E).contains($0) || $0 == 0x0A || $0 == 0x09
    }
    if isPlain { return self }
    return String(
      String.UnicodeScalarView(
        unicodeScalars.filter {
          $0 == "\n" || $0 == "\t" || !$0.isUnprintable
        }))
  }
}

extension Unicode.Scalar {
  fileprivate var isBreakOrBlank: Bool {
    switch value {
    case 0x09...0x0D, 0x20, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }

  /// Controls, and what turns the direction of text or takes no room.
  fileprivate var isUnprintable: Bool {
    switch value {
    case 0..<0x20, 0x7F...0x9F, 0x200B, 0x200E, 0x200F, 0x202A...0x202E,
      0x2060...0x206F, 0xFEFF, 0xFFF9...0xFFFB, 0xE0000...0xE007F:
      true
    default: false
    }
  }
}
