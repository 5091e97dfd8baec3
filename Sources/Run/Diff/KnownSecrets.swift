// The stack's own secrets, looked for in everything that a plan shows: what the
// marks of rendering do not cover (the cluster's side of a diff, an error of
// the API) must not give one away either.

import Kubernetes
import Stack

/// Masks the secrets of a stack wherever they stand in a text.
struct KnownSecrets: Sendable {
  /// What is looked for, longest first.
  private let texts: [String]

  /// No secrets: nothing is masked.
  init() { texts = [] }

  init(_ contents: StackContents) {
    var found = Set<String>()
    for value in contents.values where value.parameter.isSecret {
      Self.collect(value.value ?? .null, &found)
    }
    texts = found.sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
  }

  private static func collect(_ value: JSON, _ found: inout Set<String>) {
    switch value {
    case .string(let text):
      // A shorter text stands in a manifest by chance.
      guard text.utf8.count >= 6, !ParameterCheck.isTemplate(text) else {
        return
      }
      found.insert(text)
      found.insert(RunCoding.base64(Array(text.utf8)))
    case .array(let items): for item in items { collect(item, &found) }
    case .object(let members):
      for member in members.values { collect(member, &found) }
    default: break
    }
  }

  func masking(_ text: String) -> String {
    var result = text
    for secret in texts where result.contains(secret) {
      result = result.splitText(secret).joined(separator: SecretMask.mask)
    }
    return result
  }

  func masking(_ object: PlannedObject) -> PlannedObject {
    guard !texts.isEmpty else { return object }
    var result = object
    result.reason = object.reason.map(masking)
    result.diff = object.diff.map { DiffLine($0.kind, masking($0.text)) }
    return result
  }
}
