// Which hosts a play is for.

import Jinja

extension PlayDefinition {
  /// The hosts of the play.
  ///
  /// - Parameters:
  ///   - inventory: the hosts that there are.
  ///   - template: makes what `hosts` says.
  /// - Returns: this machine where it is among them, and the patterns that
  ///   matched nothing.
  /// - Throws: ``Refusal`` where other hosts are among them, and what
  ///   `template` throws.
  func choice(
    from inventory: inout HostInventory, _ template: (Value) throws -> Value
  ) throws -> HostInventory.Choice {
    guard let hosts else { return .init(hosts: ["localhost"]) }
    let made = try template(hosts)
    let several = made.isString ? nil : try made.sequence()
    let patterns = (several ?? [made]).map { PlainText.of($0) }
    let choice = inventory.choose(patterns)
    if let other = choice.hosts.first(where: {
      !HostInventory.ownNames.contains($0)
    }) {
      throw Refusal(
        .host, other, at: SourcePlace(hosts.origin, file: place.file),
        what: "the play runs on \"\(other)\", and only localhost is supported")
    }
    return choice
  }
}
