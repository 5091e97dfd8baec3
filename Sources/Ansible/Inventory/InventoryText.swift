// What `-i` says of hosts: a list of names.

extension HostInventory {
  /// Adds the hosts of a list such as `localhost,`.
  ///
  /// Throws ``AnsibleFailure`` for what is no list of this machine's names.
  public mutating func add(hostList text: String) throws {
    let names = text.split(separator: ",").map { String($0.stripped) }
      .filter { !$0.isEmpty }
    if let other = names.first(where: { !Self.ownNames.contains($0) }) {
      throw AnsibleFailure(
        "-i \(other): plays run on localhost alone; ansible-playbook runs them "
          + "on other hosts")
    }
    for name in names { add(host: name) }
  }
}
