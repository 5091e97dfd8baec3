// What `-i` says of hosts: a list of names.

extension HostInventory {
  /// Adds the hosts of a list such as `localhost,`.
  public mutating func add(hostList text: String) {
    for name in text.split(separator: ",") where !name.stripped.isEmpty {
      for host in InventoryFile.expanded(String(name.stripped)) {
        add(host: host)
      }
    }
  }
}
