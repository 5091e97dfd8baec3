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
    Methods.ofBytes[name].map { Value(BoundMethod($0, on: Value(self))) }
  }

  override public func isLess(than other: Value) -> Bool? {
    guard case .object(let object) = other.payload,
      let other = object as? BytesObject
    else { return nil }
    return bytes.lexicographicallyPrecedes(other.bytes)
  }

  override public func hash() throws -> UInt32 {
    Hash.of(String(decoding: bytes, as: UTF8.self))
  }

  override public func contains(_ value: Value) throws -> Bool? {
    if case .object(let object) = value.payload,
      let part = object as? BytesObject
    {
      return part.bytes.isEmpty || bytes.firstRange(of: part.bytes) != nil
    }
    if value.isUnknown { throw UnknownValue() }
    guard let number = value.wholeNumber else {
      throw TemplateError(
        .type, "a bytes-like object is required, not '\(value.typeName)'")
    }
    guard let byte = number.asInt.flatMap({ UInt8(exactly: $0) }) else {
      throw TemplateError(.value, "byte must be in range(0, 256)")
    }
    return bytes.contains(byte)
  }

  override public func operate(
    _ symbol: String, _ other: Value, isReversed: Bool
  ) throws -> Value? {
    switch symbol {
    case "+":
      guard case .object(let object) = other.payload,
        let more = object as? BytesObject
      else { return nil }
      return Value(BytesObject(bytes + more.bytes))
    case "*":
      guard let count = other.wholeNumber else { return nil }
      guard let times = count.asInt else {
        throw TemplateError(
          .overflow, "cannot fit 'int' into an index-sized integer")
      }
      let (size, overflow) = bytes.count.multipliedReportingOverflow(
        by: max(0, times))
      try Limits().check(text: overflow ? Int.max : size)
      let all = repeatElement(bytes, count: size == 0 ? 0 : times)
      return Value(BytesObject(Array(all.joined())))
    default: return nil
    }
  }
}
