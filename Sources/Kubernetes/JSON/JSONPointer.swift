// JSON Pointer (RFC 6901): the address of a value inside a value.

extension JSON {
  /// The parts of a JSON Pointer, with `~0` and `~1` undone.
  /// - Throws: `JSONError` when the pointer is not empty and lacks its slash.
  public static func pointerParts(_ pointer: String) throws -> [String] {
    if pointer.isEmpty { return [] }
    guard pointer.utf8.first == UInt8(ascii: "/") else {
      throw JSONError("a JSON Pointer begins with a slash", offset: 0)
    }
    return pointer.dropFirst()
      .split(separator: "/", omittingEmptySubsequences: false)
      .map { unescaped($0) }
  }

  /// One part of a JSON Pointer, written so that it means only itself.
  public static func pointerPart(_ key: String) -> String {
    var text = ""
    for character in key.unicodeScalars {
      switch character {
      case "~": text += "~0"
      case "/": text += "~1"
      default: text.unicodeScalars.append(character)
      }
    }
    return text
  }

  private static func unescaped(_ part: Substring) -> String {
    var text = ""
    var tilde = false
    for character in part.unicodeScalars {
      if tilde {
        text +=
          character == "1" ? "/" : character == "0" ? "~" : "~\(character)"
        tilde = false
      } else if character == "~" {
        tilde = true
      } else {
        text.unicodeScalars.append(character)
      }
    }
    return tilde ? text + "~" : text
  }

  /// The value at a JSON Pointer; nil when there is none.
  public func value(atPointer pointer: String) -> JSON? {
    guard let parts = try? Self.pointerParts(pointer) else { return nil }
    var here = self
    for part in parts {
      switch here {
      case .object(let members):
        guard let next = members[part] else { return nil }
        here = next
      case .array(let elements):
        guard let index = Int(part), elements.indices.contains(index)
        else { return nil }
        here = elements[index]
      default: return nil
      }
    }
    return here
  }
}
