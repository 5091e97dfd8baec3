// Sets of fields of an object, in the form of `managedFields[].fieldsV1`
// (sigs.k8s.io/structured-merge-diff, fieldpath).

/// A set of fields, as a tree of FieldsV1 path elements.
///
/// An element is `f:NAME` for a member, `k:{…}` for an element of a keyed
/// list, `v:VALUE` for an element of a set.
public struct FieldSet: Hashable, Sendable {
  /// Whether the place itself belongs to the set.
  public var isMember = false
  public var children: [String: FieldSet] = [:]

  public init() {}

  private init(isMember: Bool) { self.isMember = isMember }

  public var isEmpty: Bool { !isMember && children.isEmpty }

  /// The one place itself.
  static let leaf = FieldSet(isMember: true)

  /// Reads FieldsV1.
  public init(fieldsV1 json: JSON) {
    guard let members = json.object, !members.isEmpty else {
      isMember = true
      return
    }
    for (key, value) in members {
      if key == "." {
        isMember = true
      } else {
        children[key] = FieldSet(fieldsV1: value)
      }
    }
  }

  /// The set as FieldsV1.
  public var fieldsV1: JSON {
    var members = children.mapValues(\.fieldsV1)
    if isMember, !children.isEmpty { members["."] = [:] }
    return .object(members)
  }

  public func union(_ other: FieldSet) -> FieldSet {
    var result = self
    result.isMember = isMember || other.isMember
    for (key, child) in other.children {
      result.children[key] = result.children[key]?.union(child) ?? child
    }
    return result
  }

  public func intersection(_ other: FieldSet) -> FieldSet {
    var result = FieldSet(isMember: isMember && other.isMember)
    for (key, child) in children {
      guard let match = other.children[key] else { continue }
      let common = child.intersection(match)
      if !common.isEmpty { result.children[key] = common }
    }
    return result
  }

  /// The fields of this set that `other` does not have.
  public func subtracting(_ other: FieldSet) -> FieldSet {
    var result = FieldSet(isMember: isMember && !other.isMember)
    for (key, child) in children {
      let rest = other.children[key].map(child.subtracting) ?? child
      if !rest.isEmpty { result.children[key] = rest }
    }
    return result
  }

  /// The fields of this set that are neither in `other` nor below any of its.
  func subtractingTrees(of other: FieldSet) -> FieldSet {
    if other.isMember { return FieldSet() }
    var result = FieldSet(isMember: isMember)
    for (key, child) in children {
      let rest = other.children[key].map(child.subtractingTrees) ?? child
      if !rest.isEmpty { result.children[key] = rest }
    }
    return result
  }

  /// The fields' paths for people, such as `.spec.ports[port=80].name`.
  public var paths: [String] {
    var paths: [String] = []
    collect("", &paths)
    return paths.sorted()
  }

  private func collect(_ prefix: String, _ paths: inout [String]) {
    if isMember { paths.append(prefix) }
    for (key, child) in children {
      child.collect(prefix + Self.readable(key), &paths)
    }
  }

  private static func readable(_ element: String) -> String {
    if element.hasPrefix("f:") { return "." + element.dropFirst(2) }
    guard element.hasPrefix("k:"),
      let keys = try? JSON(parsing: String(element.dropFirst(2))),
      let members = keys.object
    else { return "[" + element.dropFirst(2) + "]" }
    return "["
      + members.sorted { $0.key < $1.key }
      .map { "\($0.key)=\($0.value.text())" }.joined(separator: ",") + "]"
  }
}

extension FieldSet {
  /// The fields that an object sets: every leaf, and every element of a list.
  public init(of value: JSON, _ rule: FieldSchema.Rule) {
    switch (value, rule) {
    case (.object(let members), .type), (.object(let members), .plain):
      isMember = members.isEmpty
      for (key, member) in members {
        children["f:" + key] = FieldSet(of: member, rule.member(key))
      }
    case (.array(let elements), .keyed(let keys, let type)):
      for element in elements {
        guard let key = element.elementKey(keys) else {
          self = .leaf
          return
        }
        var child = FieldSet(of: element, .type(type))
        child.isMember = true
        children[key] = child
      }
      isMember = elements.isEmpty
    case (.array(let elements), .set):
      for element in elements { children["v:" + element.text()] = .leaf }
      isMember = elements.isEmpty
    default: isMember = true
    }
  }

  /// The fields whose values differ, appear or disappear between two values.
  public struct Comparison: Hashable, Sendable {
    public var added = FieldSet()
    public var changed = FieldSet()
    public var removed = FieldSet()

    public var isEmpty: Bool {
      added.isEmpty && changed.isEmpty && removed.isEmpty
    }
  }

  public static func compare(
    _ old: JSON?, _ new: JSON?, _ rule: FieldSchema.Rule
  ) -> Comparison {
    var result = Comparison()
    switch (old, new) {
    case (nil, nil): break
    case (nil, let new?):
      result.added = FieldSet(of: new, rule)
      result.added.isMember = true
    case (let old?, nil):
      result.removed = FieldSet(of: old, rule)
      result.removed.isMember = true
    case (let old?, let new?) where old == new: break
    case (.object(let old), .object(let new)) where !rule.isAtomic:
      for key in Set(old.keys).union(new.keys) {
        result.add(
          compare(old[key], new[key], rule.member(key)), below: "f:" + key)
      }
    case (.array(let old), .array(let new)):
      guard let before = elements(old, rule), let after = elements(new, rule)
      else {
        result.changed = .leaf
        break
      }
      for key in Set(before.keys).union(after.keys) {
        result.add(
          compare(before[key], after[key], rule.element), below: key)
      }
    default: result.changed = .leaf
    }
    return result
  }

  /// The elements of a keyed list or a set by their path element.
  static func elements(_ list: [JSON], _ rule: FieldSchema.Rule)
    -> [String: JSON]?
  {
    var result: [String: JSON] = [:]
    for element in list {
      switch rule {
      case .keyed(let keys, _):
        guard let key = element.elementKey(keys) else { return nil }
        result[key] = element
      case .set: result["v:" + element.text()] = element
      default: return nil
      }
    }
    return result
  }
}

extension FieldSet.Comparison {
  fileprivate mutating func add(_ other: Self, below key: String) {
    if !other.added.isEmpty { added.children[key] = other.added }
    if !other.changed.isEmpty { changed.children[key] = other.changed }
    if !other.removed.isEmpty { removed.children[key] = other.removed }
  }
}

extension FieldSchema.Rule {
  var isAtomic: Bool { self == .atomic }

  /// The rule of a list's elements.
  var element: FieldSchema.Rule {
    if case .keyed(_, let type) = self { return .type(type) }
    return .atomic
  }
}
