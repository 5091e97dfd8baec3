// How plans and journals are written as JSON: the types of `Kubernetes` that
// they hold, and the one encoder and decoder.

import FoundationEssentials
import Kubernetes

/// Writes and reads the files of a run.
enum RunCoding {
  /// One line of JSON with sorted keys: equal values make equal bytes.
  static func encode(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value))
  }

  static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: some Sequence<UInt8>
  ) throws -> Value {
    try JSONDecoder().decode(type, from: Data(bytes))
  }

  /// Bytes as a Secret's `data` holds them; source: RFC 4648, section 4.
  static func base64(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString()
  }

  /// The bytes of a Secret's `data`; nil when it is no base64.
  static func bytes(base64 text: String) -> [UInt8]? {
    Data(base64Encoded: text).map { Array($0) }
  }
}

extension Instant: Codable {
  /// Reads an RFC 3339 time.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let instant = Instant(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "not a time: \(text)")
    }
    self = instant
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(microTimestamp)
  }
}

extension ObjectReference: Codable {
  private enum Key: String, CodingKey {
    case apiVersion
    case kind
    case namespace
    case name
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    self.init(
      apiVersion: try container.decode(String.self, forKey: .apiVersion),
      kind: try container.decode(String.self, forKey: .kind),
      namespace: try container.decodeIfPresent(
        String.self, forKey: .namespace),
      name: try container.decode(String.self, forKey: .name))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(apiVersion, forKey: .apiVersion)
    try container.encode(kind, forKey: .kind)
    try container.encodeIfPresent(namespace, forKey: .namespace)
    try container.encode(name, forKey: .name)
  }
}
