// `value[key]` as a filter asks for it.

import Jinja

enum ItemAccess {
  /// An item of a value; undefined where there is none.
  static func item(
    _ key: Value, of value: Value, _ context: Context
  ) throws -> Value {
    if value.isUnknown || key.isUnknown { return .unknown }
    if value.isUndefined { return value }
    if case .undefined(let undefined) = key.payload { throw undefined.error }
    let found: Value?
    switch value.payload {
    case .dictionary(let dictionary):
      found = key.isSequence ? nil : try dictionary.value(forKey: key)
    case .list, .tuple:
      let items = try value.sequence() ?? []
      if let index = key.integer {
        let place = index < 0 ? index + items.count : index
        found = items.indices.contains(place) ? items[place] : nil
      } else {
        found = nil
      }
    case .string(let text), .markup(let text):
      let scalars = Array(text.unicodeScalars)
      let place = key.integer.map { $0 < 0 ? $0 + scalars.count : $0 }
      found = place.flatMap {
        scalars.indices.contains($0)
          ? Value(String(Character(scalars[$0]))).marked(value.marks) : nil
      }
    case .object(let object):
      found =
        try object.item(key) ?? key.text.flatMap { try object.attribute($0) }
    default: found = nil
    }
    guard let found else {
      return Value(
        .undefined(
          Undefined(
            object: value, name: key,
            policy: context.environment.options.undefined)))
    }
    return found.marked(value.marks.union(key.marks))
  }
}
