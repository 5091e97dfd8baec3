// `omit`: the value that takes away what it is given to.

import Jinja

/// The one object behind the variable `omit`.
final class Omit: Object, @unchecked Sendable {
  /// The value that the variable has.
  static let value = Value(Omit())

  override var typeName: String { "_OmitType" }
  override var isOmitted: Bool { true }
  override func repr() throws -> String { "<<Omit>>" }
}

extension Value {
  /// Whether the value is `omit`.
  var isOmit: Bool {
    if case .object(let object) = payload { object is Omit } else { false }
  }
}
