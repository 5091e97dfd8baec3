// Whether two states of an object differ, as kubernetes.core tells `changed`.

import Kubernetes

enum ObjectDiff {
  /// Whether the states are the same but for what every write moves.
  ///
  /// The rule is diff_objects of kubernetes.core: a difference in
  /// `metadata.generation` and `metadata.resourceVersion` alone is none.
  static func isSame(_ before: JSON?, _ after: JSON?) -> Bool {
    guard let before, let after else { return before == nil && after == nil }
    return comparable(before) == comparable(after)
  }

  private static func comparable(_ json: JSON) -> JSON {
    var json = json
    json.set(nil, at: "metadata", "generation")
    json.set(nil, at: "metadata", "resourceVersion")
    // The times of managers move with writes that change nothing else.
    if let managers = json["metadata"]?["managedFields"]?.array {
      json.set(
        .array(
          managers.map {
            var manager = $0
            manager["time"] = nil
            return manager
          }), at: "metadata", "managedFields")
    }
    return json
  }
}
