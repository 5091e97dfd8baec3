// The two patches that know nothing of Kubernetes: JSON Merge Patch
// (RFC 7386) and JSON Patch (RFC 6902).

extension JSON {
  /// This value changed by a JSON Merge Patch: null removes a member.
  public func merging(_ patch: JSON) -> JSON {
    guard case .object(let changes) = patch else { return patch }
    var members = object ?? [:]
    for (key, change) in changes {
      if case .null = change {
        members[key] = nil
      } else {
        members[key] = (members[key] ?? .null).merging(change)
      }
    }
    return .object(members)
  }

  /// The smallest JSON Merge Patch that turns this value into `other`.
  ///
  /// Nil when they are equal. A member of `other` that is null cannot be
  /// expressed and counts as absent.
  public func mergePatch(to other: JSON) -> JSON? {
    if self == other { return nil }
    guard case .object(let old) = self, case .object(let new) = other
    else { return other }
    var changes: [String: JSON] = [:]
    for key in old.keys where new[key] == nil || new[key] == .null {
      changes[key] = .null
    }
    for (key, value) in new where value != .null {
      guard let before = old[key] else {
        changes[key] = value
        continue
      }
      if let change = before.mergePatch(to: value) { changes[key] = change }
    }
    return changes.isEmpty ? nil : .object(changes)
  }

  /// This value changed by a JSON Patch, an array of operations.
  /// - Throws: `JSONPatchError` at the first operation that cannot be done.
  public func applying(jsonPatch: JSON) throws -> JSON {
    guard case .array(let operations) = jsonPatch else {
      throw JSONPatchError("a JSON patch is an array of operations")
    }
    var result = self
    for operation in operations { try result.perform(operation) }
    return result
  }

  private mutating func perform(_ operation: JSON) throws {
    guard let name = operation["op"]?.string,
      let path = operation["path"]?.string
    else { throw JSONPatchError("an operation needs op and path") }
    let parts = try JSON.pointerParts(path)
    func given() throws -> JSON {
      guard let value = operation["value"] else {
        throw JSONPatchError("\(name) \(path) needs a value")
      }
      return value
    }
    func source() throws -> String {
      guard let from = operation["from"]?.string else {
        throw JSONPatchError("\(name) \(path) needs from")
      }
      return from
    }
    switch name {
    case "add": try add(given(), at: parts[...], path)
    case "remove": _ = try remove(at: parts[...], path)
    case "replace":
      _ = try remove(at: parts[...], path)
      try add(given(), at: parts[...], path)
    case "move":
      let from = try source()
      let value = try remove(at: JSON.pointerParts(from)[...], from)
      try add(value, at: parts[...], path)
    case "copy":
      let from = try source()
      guard let value = value(atPointer: from) else {
        throw JSONPatchError("\(from) does not exist")
      }
      try add(value, at: parts[...], path)
    case "test":
      guard value(atPointer: path) == (try given()) else {
        throw JSONPatchError("the test of \(path) failed")
      }
    default: throw JSONPatchError("\(name) is not an operation")
    }
  }

  private mutating func add(
    _ value: JSON, at parts: ArraySlice<String>, _ path: String
  ) throws {
    guard let part = parts.first else {
      self = value
      return
    }
    switch self {
    case .object(var members):
      self = .null
      defer { self = .object(members) }
      if parts.count == 1 {
        members[part] = value
        return
      }
      guard var child = members[part] else {
        throw JSONPatchError("\(path) does not exist")
      }
      try child.add(value, at: parts.dropFirst(), path)
      members[part] = child
    case .array(var elements):
      defer { self = .array(elements) }
      if parts.count == 1 {
        if part == "-" {
          elements.append(value)
          return
        }
        guard let index = Int(part), (0...elements.count).contains(index)
        else { throw JSONPatchError("\(path) is outside of the array") }
        elements.insert(value, at: index)
        return
      }
      guard let index = Int(part), elements.indices.contains(index)
      else { throw JSONPatchError("\(path) does not exist") }
      try elements[index].add(value, at: parts.dropFirst(), path)
    default: throw JSONPatchError("\(path) does not exist")
    }
  }

  private mutating func remove(
    at parts: ArraySlice<String>, _ path: String
  ) throws -> JSON {
    guard let part = parts.first else {
      let old = self
      self = .null
      return old
    }
    switch self {
    case .object(var members):
      guard var child = members[part] else {
        throw JSONPatchError("\(path) does not exist")
      }
      if parts.count == 1 {
        members[part] = nil
        self = .object(members)
        return child
      }
      let old = try child.remove(at: parts.dropFirst(), path)
      members[part] = child
      self = .object(members)
      return old
    case .array(var elements):
      guard let index = Int(part), elements.indices.contains(index)
      else { throw JSONPatchError("\(path) does not exist") }
      let old: JSON
      if parts.count == 1 {
        old = elements.remove(at: index)
      } else {
        old = try elements[index].remove(at: parts.dropFirst(), path)
      }
      self = .array(elements)
      return old
    default: throw JSONPatchError("\(path) does not exist")
    }
  }
}

/// Why a JSON Patch could not be done.
public struct JSONPatchError: Error, Hashable, Sendable,
  CustomStringConvertible
{
  public var description: String

  public init(_ description: String) { self.description = description }
}
