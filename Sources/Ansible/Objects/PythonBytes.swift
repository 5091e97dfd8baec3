// Python's bytes, which `!!binary` and a few filters make.

import Jinja

/// A run of bytes that is not text.
public final class PythonBytes: Object, @unchecked Sendable {
  public let bytes: [UInt8]

  /// Makes an object of `bytes`.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    super.init()
  }

  override public var typeName: String { "bytes" }
  override public var isSequence: Bool { true }
  override public var isIterable: Bool { true }

  override public func repr() throws -> String {
    let quote: UInt8 =
      bytes.contains(0x27) && !bytes.contains(0x22) ? 0x22 : 0x27
    var text = "b" + String(UnicodeScalar(quote))
    for byte in bytes {
      switch byte {
      case 0x5C: text += "\\\\"
      case 0x0A: text += "\\n"
      case 0x0D: text += "\\r"
      case 0x09: text += "\\t"
      case quote: text += "\\" + String(UnicodeScalar(byte))
      case 0x20..<0x7F: text += String(UnicodeScalar(byte))
      default: text += "\\x" + Digest.hex([byte])
      }
    }
    return text + String(UnicodeScalar(quote))
  }

  override public func length() throws -> Int? { bytes.count }

  override public func item(_ key: Value) throws -> Value? {
    guard var index = key.integer else { return nil }
    if index < 0 { index += bytes.count }
    return bytes.indices.contains(index) ? Value(Int(bytes[index])) : nil
  }

  override public func iterate() throws -> (() throws -> Value?)? {
    var rest = bytes[...]
    return { rest.popFirst().map { Value(Int($0)) } }
  }

  override public func attribute(_ name: String) throws -> Value? {
    guard name == "decode" else { return nil }
    let bytes = self.bytes
    return Value(
      Function("decode", [Parameter("encoding", "utf-8")]) { _, _ in
        guard let text = String(validating: bytes, as: UTF8.self) else {
          throw TemplateError(.decoding, "the bytes are not UTF-8 text")
        }
        return Value(text)
      })
  }

  override public func isEqual(to other: Value) throws -> Bool {
    guard case .object(let object) = other.payload,
      let other = object as? PythonBytes
    else { return false }
    return bytes == other.bytes
  }

  override public func isLess(than other: Value) throws -> Bool? {
    guard case .object(let object) = other.payload,
      let other = object as? PythonBytes
    else { return nil }
    return bytes.lexicographicallyPrecedes(other.bytes)
  }

  override public func hash() throws -> UInt32 {
    bytes.reduce(5381) { $0 &* 33 &+ UInt32($1) }
  }
}
