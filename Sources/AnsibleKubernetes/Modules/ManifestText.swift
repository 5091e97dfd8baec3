// Manifests written as YAML text, such as a rendered template: read into
// objects with the text's marks kept where they stood.

import Ansible
import Jinja

/// YAML text of one or more objects.
enum ManifestText {
  /// The objects of a text, empty documents left out.
  ///
  /// Throws ``Ansible/AnsibleFailure``.
  static func objects(in text: Value, file: String) throws -> [Value] {
    let bytes = Array((text.text ?? "").utf8)
    let spans = text.spans
    do {
      var constructor = YAMLConstructor(
        isTrusted: false, knowsAnsibleTags: false)
      return try YAML.readAll(bytes, file: file).compactMap { document in
        let value = try constructor.value(of: document)
        if value.isNone { return nil }
        guard !spans.isEmpty, let root = document.root else { return value }
        var places: [Origin: YAMLNode] = [:]
        collect(root, file: document.file, into: &places)
        return try marked(
          value, MarkedText(bytes: bytes, spans: spans, places: places))
      }
    } catch let error as YAMLError {
      throw AnsibleFailure(
        "Failed to load resource definition: \(error.problem) (line "
          + "\(error.line), column \(error.column))")
    }
  }

  private struct MarkedText {
    let bytes: [UInt8]
    let spans: [Span]
    let places: [Origin: YAMLNode]
  }

  private static func collect(
    _ node: YAMLNode, file: String, into places: inout [Origin: YAMLNode]
  ) {
    if let items = node.sequence {
      for item in items { collect(item, file: file, into: &places) }
    } else if let entries = node.mapping {
      for entry in entries { collect(entry.value, file: file, into: &places) }
    } else {
      places[
        Origin(
          file: file, line: node.start.line, column: node.start.column)] = node
    }
  }

  private static func marked(_ value: Value, _ text: MarkedText) throws -> Value
  {
    switch value.payload {
    case .list(let list):
      return .list(try list.elements().map { try marked($0, text) })
    case .dictionary(let dictionary):
      return Value(
        .dictionary(
          try ValueDictionary(
            pairs: try dictionary.entries().map {
              ($0.key, try marked($0.value, text))
            })))
    default:
      guard let origin = value.origin, let node = text.places[origin] else {
        return value
      }
      return marked(value, node, text)
    }
  }

  private static func marked(
    _ value: Value, _ node: YAMLNode, _ text: MarkedText
  ) -> Value {
    let range = node.start.byte..<max(node.end.byte, node.start.byte)
    let touching = text.spans.filter { $0.range.overlaps(range) }
    guard !touching.isEmpty else { return value }
    let all = touching.reduce(into: Marks()) { $0.formUnion($1.marks) }
    guard let plain = value.text,
      range.upperBound <= text.bytes.count,
      text.bytes[range].elementsEqual(plain.utf8)
    else { return value.marked(all) }
    // The scalar stands in the text as it is read: spans keep their places.
    return value.marked(
      touching.map {
        let shared = $0.range.clamped(to: range)
        return Span(
          (shared.lowerBound - range.lowerBound)..<(shared.upperBound
            - range.lowerBound), $0.marks)
      })
  }
}
