// PersistentVolumeClaim: bound, or waiting for what its class waits for.
//
//   spec: {storageClassName: fast}
//   status: {phase: Pending}

enum PersistentVolumeClaimRule: VerdictRule {
  private static let defaultMark =
    "storageclass.kubernetes.io/is-default-class"

  static func judge(_ object: KubernetesObject, _ around: Circumstances)
    -> Verdict
  {
    switch object.json["status"]?["phase"]?.string ?? "Pending" {
    case "Bound":
      return Verdict(
        .current, "Bound",
        "is bound to \(object.spec["volumeName"]?.string ?? "a volume")")
    case "Lost":
      return Verdict(.failed, "Lost", "has lost its volume")
    default: break
    }
    let classes = around.snapshot.objects(.storageClass)
    let name = object.spec["storageClassName"]?.string
    let age = around.since(object.creationTimestamp)
    let isLate = age >= around.patience.claim
    if let name, !name.isEmpty {
      guard let named = classes.first(where: { $0.name == name }) else {
        // Classes may not have been read; then nothing can be said of them.
        if classes.isEmpty { return waiting(object, isLate, around) }
        return Verdict(
          .failed, "StorageClassMissing",
          "asks for StorageClass \(name), which does not exist")
      }
      return judge(object, of: named, isLate, around)
    }
    if name == nil {
      let defaults = classes.filter { $0.annotations[defaultMark] == "true" }
      if let only = defaults.first, defaults.count == 1 {
        return judge(object, of: only, isLate, around)
      }
      if defaults.count > 1 {
        return Verdict(
          .failed, "SeveralDefaultClasses",
          "names no StorageClass and there are \(defaults.count) defaults")
      }
      if !classes.isEmpty {
        return Verdict(
          isLate ? .failed : .inProgress, "NoDefaultClass",
          "names no StorageClass and none is the default")
      }
    }
    return waiting(object, isLate, around)
  }

  private static func judge(
    _ object: KubernetesObject, of storageClass: KubernetesObject,
    _ isLate: Bool, _ around: Circumstances
  ) -> Verdict {
    if storageClass.json["volumeBindingMode"]?.string == "WaitForFirstConsumer",
      object.annotations["volume.kubernetes.io/selected-node"] == nil
    {
      return Verdict(
        .current, "WaitsForConsumer", "is bound when a pod wants it")
    }
    return waiting(object, isLate, around)
  }

  private static func waiting(
    _ object: KubernetesObject, _ isLate: Bool, _ around: Circumstances
  ) -> Verdict {
    let event = object.uid.flatMap {
      around.snapshot.events(about: $0).first {
        $0.isWarning || $0.reason == "FailedBinding"
      }
    }
    return Verdict(
      isLate && event != nil ? .failed : .inProgress,
      event?.reason ?? "Pending",
      "waits for a volume" + (event.map { ": \($0.message)" } ?? ""))
  }
}
