// namespace(): an object whose attributes a template may set.

final class NamespaceObject: Object, @unchecked Sendable {
  let attributes = ValueDictionary(mutable: ())

  override var typeName: String { "Namespace" }
  override var qualifiedTypeName: String { "jinja2.utils.Namespace" }
  override func repr() throws -> String {
    var builder = TextBuilder()
    try writeRepr(into: &builder, depth: 0)
    return builder.text
  }
  override func writeRepr(
    into builder: inout TextBuilder, depth: Int
  ) throws {
    builder.append("<Namespace ")
    try Value(.dictionary(attributes)).writeRepr(
      into: &builder, depth: depth + 1)
    builder.append(">")
  }
  override func attribute(_ name: String) throws -> Value? {
    try attributes.value(forKey: name)
  }
  override func item(_ key: Value) throws -> Value? { nil }
  override func setAttribute(_ name: String, _ value: Value) -> Bool {
    attributes.set(Value(name), value)
    return true
  }
  override var heldValues: [Value] { attributes.values }
}
