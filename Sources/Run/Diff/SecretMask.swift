// Keeps secrets out of diffs and files: a masked object shows where a secret
// stands and whether it changed, and nothing of it.

import AnsibleKubernetes
import Kubernetes

/// Masks the secrets of two versions of an object.
public enum SecretMask {
  /// What stands for a secret.
  public static let mask = "********"
  /// What stands for a secret that is not the one before.
  public static let changedMask = "******** (changed)"

  /// The old and the new version with secrets masked.
  ///
  /// Values of a Secret are masked whole. In other objects the spans that
  /// rendering marked are masked in the new version; in the old one, of which
  /// nobody knows the spans, the same text is, and so is the rest of each line
  /// that begins as a masked line of the new version does.
  public static func masked(
    old: JSON?, new: JSON?, spans: [SecretSpan]
  ) -> (old: JSON?, new: JSON?) {
    let kind = (new ?? old)?["kind"]?.string
    guard kind != "Secret" else {
      return (
        old.map { secret($0, before: nil) },
        new.map { secret($0, before: old) }
      )
    }
    guard !spans.isEmpty, let new else { return (old, new) }
    var maskedOld = old
    var maskedNew = new
    for (pointer, group) in Dictionary(grouping: spans, by: \.pointer) {
      guard let text = new.value(atPointer: pointer)?.string,
        let path = try? JSON.pointerParts(pointer)
      else { continue }
      let leaf = Leaf(text, group.map(\.range))
      let before = old?.value(atPointer: pointer)?.string
      if let before {
        maskedOld = maskedOld?.replacing(
          path[...], by: .string(leaf.masking(before)))
      }
      maskedNew = maskedNew.replacing(
        path[...], by: .string(leaf.masked(before: before)))
    }
    return (maskedOld, maskedNew)
  }

  /// A Secret with its values masked, changed ones told apart.
  private static func secret(_ object: JSON, before: JSON?) -> JSON {
    var result = object
    for field in ["data", "stringData"] {
      guard let values = object[field]?.object else { continue }
      result[field] = .object(
        Dictionary(
          uniqueKeysWithValues: values.map { name, value in
            let old = before?[field]?[name]
            let isChanged = old != nil && old != value
            return (name, .string(isChanged ? changedMask : mask))
          }))
    }
    return result
  }

  /// One string that holds secrets.
  private struct Leaf {
    var text: String
    /// The secrets themselves, longest first.
    var secrets: [String]
    /// The text before a secret on its line.
    var leads: [String]
    private var ranges: [Range<Int>]

    init(_ text: String, _ ranges: [Range<Int>]) {
      self.text = text
      let bytes = Array(text.utf8)
      self.ranges = ranges.map { $0.clamped(to: 0..<bytes.count) }
        .filter { !$0.isEmpty }.sorted { $0.lowerBound < $1.lowerBound }
      secrets = self.ranges.map {
        String(decoding: bytes[$0], as: UTF8.self)
      }.sorted { $0.utf8.count > $1.utf8.count }
      leads = self.ranges.map { range in
        var start = range.lowerBound
        while start > 0, bytes[start - 1] != UInt8(ascii: "\n") { start -= 1 }
        return String(decoding: bytes[start..<range.lowerBound], as: UTF8.self)
      }
    }

    /// The text itself with its secrets masked.
    func masked(before: String?) -> String {
      let bytes = Array(text.utf8)
      var result: [UInt8] = []
      var place = 0
      for range in ranges where range.lowerBound >= place {
        result += bytes[place..<range.lowerBound]
        let secret = String(decoding: bytes[range], as: UTF8.self)
        let isChanged = before.map { !$0.contains(secret) } ?? false
        result += Array((isChanged ? changedMask : mask).utf8)
        place = range.upperBound
      }
      result += bytes[place...]
      return String(decoding: result, as: UTF8.self)
    }

    /// Another version of the text with what must be secrets masked.
    func masking(_ other: String) -> String {
      other.split(separator: "\n", omittingEmptySubsequences: false)
        .map { line in
          var line = String(line)
          var known = false
          for secret in secrets where secret.utf8.count >= 4 {
            let parts = line.splitText(secret)
            guard parts.count > 1 else { continue }
            line = parts.joined(separator: mask)
            known = true
          }
          if known { return line }
          // A short lead such as "" would mask everything: then the whole
          // line is the secret's.
          for lead in leads where line.hasPrefix(lead) {
            return lead + mask
          }
          return line
        }.joined(separator: "\n")
    }
  }
}

extension JSON {
  /// The value with what stands at a path replaced.
  func replacing(_ path: ArraySlice<String>, by value: JSON) -> JSON {
    guard let key = path.first else { return value }
    switch self {
    case .object(var members):
      guard let inner = members[key] else { return self }
      members[key] = inner.replacing(path.dropFirst(), by: value)
      return .object(members)
    case .array(var items):
      guard let index = Int(key), items.indices.contains(index) else {
        return self
      }
      items[index] = items[index].replacing(path.dropFirst(), by: value)
      return .array(items)
    default: return self
    }
  }
}

extension String {
  /// The pieces between the occurrences of a text.
  func splitText(_ separator: String) -> [String] {
    let bytes = Array(utf8)
    let mark = Array(separator.utf8)
    guard !mark.isEmpty else { return [self] }
    var pieces: [String] = []
    var start = 0
    var place = 0
    while place + mark.count <= bytes.count {
      if bytes[place] == mark[0],
        bytes[place..<(place + mark.count)].elementsEqual(mark)
      {
        pieces.append(String(decoding: bytes[start..<place], as: UTF8.self))
        place += mark.count
        start = place
      } else {
        place += 1
      }
    }
    pieces.append(String(decoding: bytes[start...], as: UTF8.self))
    return pieces
  }
}
