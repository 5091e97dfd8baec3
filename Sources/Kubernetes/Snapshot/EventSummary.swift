// An event in the few fields that sentences need.

/// One event about one object.
public struct EventSummary: Hashable, Sendable {
  public var uid: String
  /// Of the object that the event is about: a new pod of an old name must not
  /// inherit its predecessor's warnings.
  public var involvedUID: String
  public var involvedKind: String
  public var involvedName: String
  public var namespace: String
  public var isWarning: Bool
  public var reason: String
  public var message: String
  public var count: Int
  public var last: Instant?

  /// Reads an event of `v1` or `events.k8s.io/v1`; nil when it is about
  /// nothing that has a uid.
  public init?(_ object: KubernetesObject) {
    let json = object.json
    let about = json["involvedObject"] ?? json["regarding"]
    guard let involved = about?["uid"]?.string else { return nil }
    uid = object.uid ?? object.name
    involvedUID = involved
    involvedKind = about?["kind"]?.string ?? ""
    involvedName = about?["name"]?.string ?? ""
    namespace = object.namespace ?? ""
    isWarning = json["type"]?.string == "Warning"
    reason = (json["reason"]?.string ?? "").printable
    message = (json["message"] ?? json["note"])?.string?.printable ?? ""
    count =
      json["count"]?.integer ?? json["series"]?["count"]?.integer
      ?? json["deprecatedCount"]?.integer ?? 1
    last =
      [
        json["lastTimestamp"], json["series"]?["lastObservedTime"],
        json["deprecatedLastTimestamp"], json["eventTime"],
        json["metadata"]?["creationTimestamp"],
      ]
      .lazy.compactMap { ($0?.string).flatMap(Instant.init) }.first
  }

  /// Whether the event only tells that things go as they should (the list is
  /// krane's, github.com/Shopify/krane).
  public var isNoise: Bool {
    !isWarning
      && [
        "Started", "Created", "SuccessfulCreate", "Scheduled", "Pulling",
        "Pulled", "ScalingReplicaSet",
      ].contains(reason)
  }
}
