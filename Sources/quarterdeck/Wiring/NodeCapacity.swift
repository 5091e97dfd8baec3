// What a node has to offer, in a few words.

import Kubernetes

enum NodeCapacity {
  /// "8 CPU, 32 GiB" from `status.capacity`; empty where it is not told.
  static func text(_ capacity: JSON?) -> String {
    var parts: [String] = []
    if let cpu = capacity?["cpu"]?.string
      ?? capacity?["cpu"]?.integer.map(
        String.init)
    {
      parts.append("\(cpu.printable) CPU")
    }
    if let memory = capacity?["memory"]?.string {
      parts.append(readable(memory))
    }
    return parts.joined(separator: ", ")
  }

  /// A quantity in KiB, which is what kubelets report, as GiB.
  private static func readable(_ quantity: String) -> String {
    guard quantity.hasSuffix("Ki"), let count = Int(quantity.dropLast(2)) else {
      return quantity.printable
    }
    return "\((count + 524_288) / 1_048_576) GiB"
  }
}
