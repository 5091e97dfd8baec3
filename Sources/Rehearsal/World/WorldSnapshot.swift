// A world as JSON, so that a log need not be played from its beginning.

import Kubernetes

extension World {
  /// The world without the history of its changes.
  var json: JSON {
    var json: JSON = [
      "now": .integer(Int(now.microseconds)), "revision": .integer(revision),
      "counter": .integer(Int(bitPattern: UInt(counter))),
      "objects": .array(objects.keys.sorted().compactMap { objects[$0]?.json }),
      "agenda": agenda.json, "faults": .array(faults.map(\.json)),
      "runs": .object(runs.mapValues(\.json)),
      "pulled": .array(pulled.sorted().map(JSON.string)),
      "unplaced": .array(unplaced.sorted().map(\.json)),
    ]
    json["downUntil"] = downUntil.map { .integer(Int($0.microseconds)) }
    return json
  }

  /// Reads what `json` wrote; nil when it is something else.
  init?(_ json: JSON, _ configuration: RehearsalConfiguration) {
    guard let now = json["now"]?.integer,
      let revision = json["revision"]?.integer,
      let counter = json["counter"]?.integer,
      let objects = json["objects"]?.array,
      let agenda = json["agenda"].flatMap(Agenda.init)
    else { return nil }
    self.init(
      bare: configuration, now: Instant(microseconds: Int64(now)))
    for json in objects { restore(KubernetesObject(json)) }
    self.revision = revision
    self.counter = UInt64(UInt(bitPattern: counter))
    self.agenda = agenda
    faults = (json["faults"]?.array ?? []).compactMap(Fault.init)
    downUntil = (json["downUntil"]?.integer).map {
      Instant(microseconds: Int64($0))
    }
    runs = (json["runs"]?.object ?? [:]).compactMapValues(PodRun.init)
    pulled = Set((json["pulled"]?.array ?? []).compactMap(\.string))
    unplaced = Set(
      (json["unplaced"]?.array ?? []).compactMap(ObjectReference.init))
    let definitions = self.objects.values.filter {
      $0.kind == "CustomResourceDefinition"
    }
    discovery = Discovery(
      discovery.resources
        + definitions.sorted { $0.name < $1.name }.flatMap(ServedKinds.kinds))
  }

  /// Puts an object in its place without telling anybody.
  private mutating func restore(_ object: KubernetesObject) {
    let reference = object.reference
    objects[reference] = object
    byKind[reference.objectKind, default: []].insert(reference)
    byPlace[
      Place(kind: reference.objectKind, namespace: reference.namespace),
      default: []
    ].insert(reference)
    if let uid = object.uid { byUID[uid] = reference }
    for owner in object.ownerReferences {
      dependents[owner.uid, default: []].insert(reference)
    }
    if reference.objectKind == .pod,
      let node = object.spec["nodeName"]?.string
    {
      podsOnNode[node, default: []].insert(reference)
    }
  }
}
