// Text in lines of a given width.

/// Breaks text into lines of at most `width` columns, at spaces where it can.
///
/// Line ends in the text stay; control characters go.
public func wrapped(_ text: String, width: Int) -> [String] {
  guard width > 0 else { return [] }
  var lines: [String] = []
  for paragraph in text.split(
    omittingEmptySubsequences: false, whereSeparator: \.isNewline)
  {
    var line = ""
    var used = 0
    for word in String(paragraph).withoutControls.split(separator: " ") {
      var rest = word
      var length = rest.columns
      if used > 0, used + 1 + length <= width {
        line += " " + rest
        used += 1 + length
        continue
      }
      if used > 0 {
        lines.append(line)
        line = ""
        used = 0
      }
      while length > width {
        let head = headFitting(rest, width)
        lines.append(String(head))
        rest = rest[head.endIndex...]
        length = rest.columns
      }
      line = String(rest)
      used = length
    }
    lines.append(line)
  }
  while lines.count > 1, lines.last == "" { lines.removeLast() }
  return lines
}

/// The longest beginning that fits, at least one character of it.
private func headFitting(_ text: Substring, _ width: Int) -> Substring {
  var used = 0
  var end = text.startIndex
  while end < text.endIndex {
    let next = text.index(after: end)
    let columns = text[end..<next].columns
    if used + columns > width, end > text.startIndex { break }
    used += columns
    end = next
  }
  return text[..<end]
}
