// The schemas of a cluster's own kinds, and what in an object does not keep
// them.

/// Schemas as an API server publishes them, in OpenAPI 2 or 3.
///
/// An object is held to them as kubernetes-validate does
/// (github.com/willthames/kubernetes-validate): types and required members,
/// and in strict mode no other members than those that are described. Kinds of
/// CustomResourceDefinitions have no schema there, and none here.
public struct ObjectSchemas: Sendable {
  /// Something that does not keep its schema.
  public struct Fault: Sendable, Hashable {
    /// Member names and list positions that lead to it.
    public var path: [String]
    /// What is wrong, without a full stop.
    public var message: String

    /// The JSON Pointer of the place.
    public var pointer: String {
      path.map {
        "/" + $0.replacing("~", with: "~0").replacing("/", with: "~1")
      }.joined()
    }
  }

  private let definitions: [String: JSON]
  private let names: [ObjectKind: String]

  /// The schemas of a document; nil where it holds none.
  public init?(openAPI document: JSON) {
    guard
      let found = document["definitions"]?.object
        ?? document["components"]?["schemas"]?.object
    else { return nil }
    definitions = found
    var names: [ObjectKind: String] = [:]
    for (name, schema) in found where Self.isBuiltIn(name) {
      for kind in schema["x-kubernetes-group-version-kind"]?.array ?? [] {
        let group = kind["group"]?.string ?? ""
        let version = kind["version"]?.string ?? ""
        names[
          ObjectKind(
            apiVersion: group.isEmpty ? version : "\(group)/\(version)",
            kind: kind["kind"]?.string ?? "")] = name
      }
    }
    self.names = names
  }

  /// Whether a definition is one of Kubernetes' own.
  private static func isBuiltIn(_ name: String) -> Bool {
    ["api.", "apiextensions-apiserver.", "kube-aggregator."].contains {
      name.hasPrefix("io.k8s." + $0)
    }
  }

  /// What in an object does not keep its schema; nil where its kind has none.
  public func faults(in object: KubernetesObject, isStrict: Bool) -> [Fault]? {
    guard let name = names[object.objectKind], let schema = definitions[name]
    else { return nil }
    var check = Check(definitions: definitions, isStrict: isStrict)
    check.look(object.json, schema, [])
    return check.faults
  }
}

/// One look through an object.
private struct Check {
  let definitions: [String: JSON]
  let isStrict: Bool
  var faults: [ObjectSchemas.Fault] = []

  mutating func look(_ value: JSON, _ schema: JSON, _ path: [String]) {
    let schema = resolved(schema)
    if let wanted = wanted(schema), !wanted.contains(where: { fits(value, $0) })
    {
      let list = wanted.map { "'\($0)'" }.joined(separator: ", ")
      faults.append(.init(path: path, message: "is not of type \(list)"))
      return
    }
    if let items = value.array, let item = schema["items"] {
      for (index, element) in items.enumerated() {
        look(element, item, path + [String(index)])
      }
    }
    guard let members = value.object else { return }
    let known = schema["properties"]?.object
    for required in schema["required"]?.array ?? [] {
      guard let name = required.string, members[name] == nil else { continue }
      faults.append(
        .init(path: path, message: "'\(name)' is a required property"))
    }
    for (name, member) in members.sorted(by: { $0.key < $1.key }) {
      if let part = known?[name] {
        look(member, part, path + [name])
      } else if let other = schema["additionalProperties"], other.object != nil
      {
        look(member, other, path + [name])
      } else if isStrict, known != nil {
        faults.append(
          .init(
            path: path,
            message: "Additional properties are not allowed ('\(name)' was "
              + "unexpected)"))
      }
    }
  }

  /// The schema that a reference leads to.
  private func resolved(_ schema: JSON) -> JSON {
    var schema = schema
    for _ in 0..<16 {
      let link =
        schema["$ref"]?.string ?? schema["allOf"]?[0]?["$ref"]?.string
      guard let name = link?.split(separator: "/").last,
        let next = definitions[String(name)]
      else { break }
      if name.hasSuffix(".resource.Quantity")
        || name.hasSuffix(".intstr.IntOrString")
      {
        return ["x-kubernetes-int-or-string": true]
      }
      schema = next
    }
    return schema
  }

  /// The types that a schema allows; nil where it allows any.
  private func wanted(_ schema: JSON) -> [String]? {
    if schema["x-kubernetes-int-or-string"]?.bool == true
      || schema["format"]?.string == "int-or-string"
    {
      return ["string", "integer"]
    }
    return schema["type"]?.string.map { [$0] }
  }

  private func fits(_ value: JSON, _ type: String) -> Bool {
    switch (type, value) {
    case ("string", .string), ("boolean", .bool), ("array", .array),
      ("object", .object), ("integer", .integer), ("number", .integer),
      ("number", .number):
      true
    case ("integer", .number(let number)): number.rounded() == number
    default: false
    }
  }
}
