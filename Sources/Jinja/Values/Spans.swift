// Arithmetic on the marked spans of strings.

enum Spans {
  /// The spans with `marks` added over `range`.
  static func cover(
    _ spans: [Span], over range: Range<Int>, with marks: Marks
  ) -> [Span] {
    guard !range.isEmpty else { return spans }
    var result: [Span] = []
    var at = range.lowerBound
    for span in spans {
      if span.range.upperBound <= range.lowerBound {
        result.append(span)
        continue
      }
      if span.range.lowerBound >= range.upperBound {
        if at < range.upperBound {
          result.append(Span(at..<range.upperBound, marks))
          at = range.upperBound
        }
        result.append(span)
        continue
      }
      if span.range.lowerBound < range.lowerBound {
        result.append(
          Span(span.range.lowerBound..<range.lowerBound, span.marks))
      }
      let shared = span.range.clamped(to: range)
      if at < shared.lowerBound {
        result.append(Span(at..<shared.lowerBound, marks))
      }
      result.append(Span(shared, span.marks.union(marks)))
      at = shared.upperBound
      if span.range.upperBound > range.upperBound {
        result.append(
          Span(range.upperBound..<span.range.upperBound, span.marks))
      }
    }
    if at < range.upperBound {
      result.append(Span(at..<range.upperBound, marks))
    }
    return joined(result)
  }

  /// The spans inside `range`, counted from its start.
  static func slice(_ spans: [Span], _ range: Range<Int>) -> [Span] {
    spans.compactMap { span in
      let shared = span.range.clamped(to: range)
      guard !shared.isEmpty else { return nil }
      return Span(
        (shared.lowerBound - range.lowerBound)..<(shared.upperBound
          - range.lowerBound), span.marks)
    }
  }

  /// The spans moved by `offset`.
  static func shifted(_ spans: [Span], by offset: Int) -> [Span] {
    spans.map {
      Span(
        ($0.range.lowerBound + offset)..<($0.range.upperBound + offset),
        $0.marks)
    }
  }

  /// Neighbours with the same marks made one.
  static func joined(_ spans: [Span]) -> [Span] {
    var result: [Span] = []
    for span in spans {
      if let last = result.last, last.range.upperBound == span.range.lowerBound,
        last.marks == span.marks
      {
        result[result.count - 1].range =
          last.range.lowerBound..<span.range.upperBound
      } else {
        result.append(span)
      }
    }
    return result
  }
}
