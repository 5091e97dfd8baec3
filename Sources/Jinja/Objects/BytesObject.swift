// Python's bytes, as str.encode() makes them.

/// A string of bytes.
public final class BytesObject: Object, @unchecked Sendable {
  public let bytes: [UInt8]

  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  override public var typeName: String { "bytes" }
  override public func length() -> Int? { bytes.count }
  override public var isIterable: Bool { true }
  override public var isSequence: Bool { true }

  override public func iterate() -> (() throws -> Value?)? {
    var rest = bytes[...]
    return { rest.popFirst().map { Value(Int($0)) } }
  }

  override public func item(_ key: Value) -> Value? {
    guard let index = key.integer,
      let at = Value.position(index, in: bytes.count)
    else { return nil }
    return Value(Int(bytes[at]))
  }

  override public func repr() -> String {
    let quote: UInt8 =
      bytes.contains(0x27) && !bytes.contains(0x22) ? 0x22 : 0x27
    var text = "b" + String(Unicode.Scalar(quote))
    for byte in bytes {
      switch byte {
      case quote, UInt8(ascii: "\\"):
        text += "\\" + String(Unicode.Scalar(byte))
      case 0x0A: text += "\\n"
      case 0x0D: text += "\\r"
      case 0x09: text += "\\t"
      case 0x20..<0x7F: text += String(Unicode.Scalar(byte))
      default: text += Quoted.escape(Unicode.Scalar(byte))
      }
    }
    return text + String(Unicode.Scalar(quote))
  }

  override public func isEqual(to other: Value) -> Bool {
    guard case .object(let object) = other.payload,
      let other = object as? BytesObject
    else { return false }
    return bytes == other.bytes
  }

  override public func attribute(_ name: String) -> Value? {
    guard name == "decode" else { return nil }
    return Value(
      Function(
        "decode", [.init("encoding", "utf-8"), .init("errors", "strict")]
      ) { [bytes] _, _ in
        guard let text = String(validating: bytes, as: UTF8.self) else {
          throw TemplateError(
            .decoding, "'utf-8' codec can't decode bytes")
        }
        return Value(text)
      })
  }
}
