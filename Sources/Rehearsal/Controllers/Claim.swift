// The claim binder: a volume that is free, or a new one of the claim's class.

import Kubernetes

extension World {
  mutating func reconcileClaim(_ reference: ObjectReference) {
    guard let claim = objects[reference], !claim.isTerminating,
      claim.phase != "Bound"
    else { return }
    guard let created = claim.creationTimestamp else { return }
    let time = created + configuration.timings.bind
    if now < time {
      agenda.add(Work(actor: .claim, object: reference), at: time)
      return
    }
    let name = claim.spec["storageClassName"]?.string ?? ""
    if let volume = freeVolume(for: claim, name) {
      bind(claim, to: volume)
      return
    }
    guard !name.isEmpty else {
      note(
        claim, "FailedBinding",
        "no persistent volumes available for this claim and no storage class "
          + "is set", from: "persistentvolume-controller")
      return
    }
    guard let storageClass = object(.storageClass, nil, name) else {
      note(
        claim, "ProvisioningFailed",
        "storageclass.storage.k8s.io \"\(name)\" not found", isWarning: true,
        from: "persistentvolume-controller")
      wake(.claim, reference, after: .seconds(15))
      return
    }
    var volume = KubernetesObject([
      "apiVersion": "v1", "kind": "PersistentVolume",
      "spec": [
        "capacity": claim.spec.value(at: "resources", "requests") ?? [:],
        "accessModes": claim.spec["accessModes"] ?? [],
        "storageClassName": .string(name),
        "persistentVolumeReclaimPolicy":
          storageClass.json["reclaimPolicy"] ?? "Delete",
        "volumeMode": claim.spec["volumeMode"] ?? "Filesystem",
      ],
      "status": ["phase": "Available"],
    ])
    volume.name = "pvc-\(claim.uid ?? "")"
    stampCreated(&volume)
    bind(claim, to: put(volume))
  }

  private func freeVolume(for claim: KubernetesObject, _ className: String)
    -> KubernetesObject?
  {
    let modes = Set(
      claim.spec["accessModes"]?.array?.compactMap(\.string) ?? [])
    return all(.persistentVolume).first { volume in
      (volume.spec["storageClassName"]?.string ?? "") == className
        && (claim.spec["volumeName"]?.string.map { $0 == volume.name } ?? true)
        && (volume.spec["claimRef"] == nil
          || volume.spec.value(at: "claimRef", "name")?.string == claim.name
            && volume.spec.value(at: "claimRef", "namespace")?.string
              == claim.namespace)
        && modes.isSubset(
          of: volume.spec["accessModes"]?.array?.compactMap(\.string) ?? [])
    }
  }

  private mutating func bind(
    _ claim: KubernetesObject, to volume: KubernetesObject
  ) {
    change(volume.reference) {
      $0.spec["claimRef"] = [
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "name": .string(claim.name),
        "namespace": .string(claim.namespace ?? ""),
        "uid": .string(claim.uid ?? ""),
      ]
      $0.status["phase"] = "Bound"
    }
    change(claim.reference) {
      $0.spec["volumeName"] = .string(volume.name)
      $0.status["phase"] = "Bound"
      $0.status["accessModes"] = claim.spec["accessModes"]
      $0.status["capacity"] = claim.spec.value(at: "resources", "requests")
    }
    note(
      claim, "ProvisioningSucceeded",
      "Successfully provisioned volume \(volume.name)",
      from: "rehearsal.quarterdeck.io")
  }
}
