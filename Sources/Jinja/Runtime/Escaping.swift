// Markup: text made safe to write where output is escaped.

enum Escaping {
  /// What is known of a place in a template before any render.
  ///
  /// It is the place that counts, not who calls what stands there: a macro's
  /// output is not escaped because its caller's is.
  enum Mode {
    case off, on
    /// Only a render knows what an `autoescape` around the place is set to.
    case dynamic

    @inline(__always)
    func isOn(_ context: Context) -> Bool {
      switch self {
      case .off: false
      case .on: true
      case .dynamic: context.escapes
      }
    }
  }

  /// MarkupSafe's `escape`: the value as markup, with its marks.
  static func escaped(_ value: Value) throws -> Value {
    switch value.payload {
    case .markup: return value
    case .string(let text):
      if !needsEscape(text) { return Value(.markup(text), value.annotation) }
      return escape(value, text)
    case .unknown: return value
    case .object(let object):
      if let html = try object.html() {
        return Value(.markup(html), value.annotation)
      }
      fallthrough
    default:
      let string = try value.string()
      return escape(string, string.text ?? "")
    }
  }

  static func needsEscape(_ text: String) -> Bool {
    text.utf8.contains {
      $0 == 0x26 || $0 == 0x3C || $0 == 0x3E || $0 == 0x22 || $0 == 0x27
    }
  }

  /// The entity for a byte; nil where it stands for itself.
  static func entity(_ byte: UInt8) -> StaticString? {
    switch byte {
    case 0x26: "&amp;"
    case 0x3C: "&lt;"
    case 0x3E: "&gt;"
    case 0x22: "&#34;"
    case 0x27: "&#39;"
    default: nil
    }
  }

  private static func escape(_ value: Value, _ text: String) -> Value {
    let result = Rewriting.bytes(of: value, text) { byte, out in
      if let entity = entity(byte) {
        out.append(entity)
      } else {
        out.append(byte: byte)
      }
    }
    return Value(.markup(result.text ?? ""), result.annotation)
  }
}

/// Rewriting a string piece by piece so that its marks stay in place.
enum Rewriting {
  /// The string with each byte written anew.
  static func bytes(
    of value: Value, _ text: String, _ write: (UInt8, inout TextBuilder) -> Void
  ) -> Value {
    var builder = TextBuilder()
    builder.reserve(text.utf8.count + 16)
    guard value.isMarked else {
      for byte in text.utf8 { write(byte, &builder) }
      return builder.value
    }
    let spans = value.spans
    var next = 0
    for (offset, byte) in text.utf8.enumerated() {
      while next < spans.count, spans[next].range.upperBound <= offset {
        next += 1
      }
      let start = builder.count
      write(byte, &builder)
      if next < spans.count, spans[next].range.contains(offset) {
        builder.mark(from: start, spans[next].marks)
      }
    }
    return builder.value
  }

  /// The string with each character written anew.
  static func scalars(
    of value: Value, _ text: String,
    _ write: (Unicode.Scalar, inout TextBuilder) -> Void
  ) -> Value {
    var builder = TextBuilder()
    builder.reserve(text.utf8.count + 16)
    let spans = value.spans
    var next = 0
    var offset = 0
    for scalar in text.unicodeScalars {
      let start = builder.count
      write(scalar, &builder)
      if !spans.isEmpty {
        while next < spans.count, spans[next].range.upperBound <= offset {
          next += 1
        }
        if next < spans.count, spans[next].range.contains(offset) {
          builder.mark(from: start, spans[next].marks)
        }
        offset += scalar.utf8Width
      }
    }
    return builder.value
  }
}

extension Unicode.Scalar {
  var utf8Width: Int { UTF8.width(self) }
}

extension Value {
  /// The same kind of string with another text: markup stays markup.
  func withText(_ other: Value) -> Value {
    isMarkup ? Value(.markup(other.text ?? ""), other.annotation) : other
  }

  /// The part of a string between two offsets of its UTF-8, with its marks.
  func slice(_ range: Range<Int>) -> Value {
    guard let text else { return self }
    let utf8 = text.utf8
    let start = utf8.index(utf8.startIndex, offsetBy: range.lowerBound)
    let end = utf8.index(start, offsetBy: range.count)
    let part = String(text[start..<end])
    let payload: Payload = isMarkup ? .markup(part) : .string(part)
    guard isMarked else { return Value(payload) }
    return Value(payload, Annotation.of(Spans.slice(spans, range)))
  }
}
