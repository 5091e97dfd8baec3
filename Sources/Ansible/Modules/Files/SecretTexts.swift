// The secrets that a task knows, looked for in the contents of files: what was
// read from a file has no marks.

import Jinja

/// Texts that are to be masked wherever they stand.
struct SecretTexts {
  /// What is looked for, longest first.
  private let texts: [String]

  /// The secrets of a task's arguments and variables, and those of other
  /// values, such as a rendered template.
  init(_ call: ModuleCall, _ others: [Value] = []) {
    var found = Set<String>()
    for value in others { Self.collect(value, &found) }
    for value in call.arguments.values { Self.collect(value, &found) }
    if let free = call.free { Self.collect(free, &found) }
    for layer in call.scope.layers {
      for (name, value) in layer.values {
        let isNamed = call.scope.secretNames.contains(name)
        guard isNamed || value.deepMarks().contains(.secret) else { continue }
        // A template of a secret is one only once it is rendered.
        let made = layer.isFinal ? value : try? call.scope.value(of: name)
        let known = made ?? value
        Self.collect(isNamed ? known.marked(.secret) : known, &found)
      }
    }
    found.remove("")
    texts = found.sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
  }

  /// A text before and after, with their secrets marked.
  ///
  /// What a line with a secret takes the place of is one too: a password that
  /// was changed is known to nobody.
  func marking(_ old: String, becomes new: String) -> (old: Value, new: Value) {
    let (before, after) = (marking(old), marking(new))
    guard !after.spans.isEmpty else { return (before, after) }
    let (gone, come) = (Lines(old), Lines(new))
    var spans = before.spans
    for group in SequenceMatcher(gone.texts, come.texts).groups(context: 0) {
      for operation in group where operation.kind != .equal {
        let place = come.bytes(of: operation.new)
        guard after.spans.contains(where: { $0.range.overlaps(place) }) else {
          continue
        }
        for line in operation.old {
          let bytes = gone.bytes(of: line..<(line + 1))
          spans.removeAll { $0.range.overlaps(bytes) }
          let end = gone.texts[line].hasSuffix("\n") ? 1 : 0
          let content = bytes.lowerBound..<(bytes.upperBound - end)
          if !content.isEmpty { spans.append(Span(content, .secret)) }
        }
      }
    }
    spans.sort { $0.range.lowerBound < $1.range.lowerBound }
    return (Value(old).marked(spans), after)
  }

  /// The lines of a text and where they stand.
  private struct Lines {
    let texts: [Substring]
    private var starts = [0]

    init(_ text: String) {
      texts = TextEditing.lines(of: text).map { Substring($0) }
      for line in texts { starts.append((starts.last ?? 0) + line.utf8.count) }
    }

    func bytes(of lines: Range<Int>) -> Range<Int> {
      starts[lines.lowerBound]..<starts[lines.upperBound]
    }
  }

  private func marking(_ text: String) -> Value {
    var spans: [Span] = []
    for secret in texts {
      for range in text.ranges(of: secret) {
        let start = text.utf8.distance(
          from: text.startIndex, to: range.lowerBound)
        let end = start + secret.utf8.count
        // Of secrets inside each other the longest counts.
        if !spans.contains(where: { $0.range.overlaps(start..<end) }) {
          spans.append(Span(start..<end, .secret))
        }
      }
    }
    spans.sort { $0.range.lowerBound < $1.range.lowerBound }
    return Value(text).marked(spans)
  }

  /// A line of a secret of several lines that is shorter stands elsewhere by
  /// chance.
  private static let shortestLine = 4

  private static func collect(_ value: Value, _ found: inout Set<String>) {
    guard value.deepMarks().contains(.secret) else { return }
    if let members = try? value.dictionary?.elements() ?? value.sequence(),
      !value.isString
    {
      let isWhole = value.marks.contains(.secret)
      for member in members {
        collect(isWhole ? member.marked(.secret) : member, &found)
      }
      return
    }
    guard let text = try? value.string(), let plain = text.text else { return }
    let bytes = Array(plain.utf8)
    for span in text.spans where span.marks.contains(.secret) {
      let part = bytes[span.range]
      found.insert(String(decoding: part, as: UTF8.self))
      found.insert(
        String(decoding: Base64.encoded(Array(part)), as: UTF8.self))
      for line in part.split(separator: 0x0A)
      where line.count >= shortestLine {
        found.insert(String(decoding: line, as: UTF8.self))
      }
    }
  }
}
