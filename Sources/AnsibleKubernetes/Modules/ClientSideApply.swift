// `apply: true` without server-side apply: a three-way merge over the
// annotation that kubectl keeps, by kubernetes.core's apply.py.

import Kubernetes

enum ClientSideApply {
  /// What has to be sent.
  enum Change: Equatable {
    case create(JSON)
    /// A JSON merge patch.
    case patch(JSON)
    case none
  }

  static let annotation = "kubectl.kubernetes.io/last-applied-configuration"

  /// What brings the object from what it is to what is wanted.
  static func change(to actual: JSON?, _ wanted: JSON) -> Change {
    guard let actual else { return .create(annotated(wanted)) }
    let text = actual["metadata"]?["annotations"]?[annotation]?.string
    guard let text, let last = try? JSON(parsing: text) else {
      let patch = annotated(wanted)
      return patch == actual ? .none : .patch(patch)
    }
    let desired = annotated(wanted)
    let kind = wanted["kind"]?.string ?? ""
    let deletions = deletions(from: annotated(last), to: desired)
    let delta = delta(annotated(last), actual, desired, kind)
    let patch = merged(deletions, delta)
    return patch.object?.isEmpty ?? true ? .none : .patch(patch)
  }

  private static func annotated(_ json: JSON) -> JSON {
    var result = json
    result.set(
      .string(json.text()), at: "metadata", "annotations", annotation)
    return result
  }

  private static func merged(_ base: JSON, _ over: JSON) -> JSON {
    guard case .object(var members) = base, case .object(let more) = over
    else { return over }
    for (key, value) in more {
      members[key] = members[key].map { merged($0, value) } ?? value
    }
    return .object(members)
  }

  private static func deletions(from last: JSON, to desired: JSON) -> JSON {
    var patch: [String: JSON] = [:]
    for (key, before) in last.object ?? [:] {
      let after = desired[key]
      if before.object != nil, let after, after.object != nil {
        let below = deletions(from: before, to: after)
        if !(below.object?.isEmpty ?? true) { patch[key] = below }
      } else if before != after {
        patch[key] = after ?? .null
      }
    }
    return .object(patch)
  }

  private static func delta(
    _ last: JSON, _ actual: JSON, _ desired: JSON, _ position: String
  ) -> JSON {
    var patch: [String: JSON] = [:]
    for (key, wanted) in desired.object ?? [:] {
      let place = "\(position).\(key)"
      guard let present = actual[key], !present.isNull else {
        patch[key] = wanted
        continue
      }
      if wanted.object != nil {
        let below = delta(last[key] ?? .object([:]), present, wanted, place)
        if !(below.object?.isEmpty ?? true) { patch[key] = below }
      } else if let items = wanted.array {
        let list = mergedList(
          last[key]?.array ?? [], present.array ?? [], items, place)
        if !list.isEmpty { patch[key] = .array(list.filter { !$0.isNull }) }
      } else if present != wanted {
        patch[key] = wanted
      }
    }
    return .object(patch)
  }

  private static func mergedList(
    _ last: [JSON], _ actual: [JSON], _ desired: [JSON], _ position: String
  ) -> [JSON] {
    guard !last.isEmpty, let key = keys[position] else { return desired }
    func byKey(_ list: [JSON]) -> [JSON: JSON] {
      Dictionary(
        list.compactMap { item in item[key].map { ($0, item) } },
        uniquingKeysWith: { $1 })
    }
    let before = byKey(last)
    let present = byKey(actual)
    let wanted = byKey(desired)
    var result: [JSON] = []
    for item in desired {
      guard let name = item[key], let now = present[name],
        let old = before[name]
      else {
        result.append(item)
        continue
      }
      let change = merged(
        deletions(from: old, to: item), delta(old, now, item, position))
      result.append(merged(now, change))
    }
    for item in actual {
      guard let name = item[key], wanted[name] == nil, before[name] == nil
      else { continue }
      result.append(item)
    }
    return result
  }

  /// The member by which elements of a list are told apart, by the list's
  /// place.
  private static let keys: [String: String] = {
    let below = [
      "containers": "name", "initContainers": "name",
      "ephemeralContainers": "name", "volumes": "name",
      "imagePullSecrets": "name", "containers.volumeMounts": "mountPath",
      "containers.volumeDevices": "devicePath", "containers.env": "name",
      "containers.ports": "containerPort",
      "initContainers.volumeMounts": "mountPath",
      "initContainers.volumeDevices": "devicePath",
      "initContainers.env": "name", "initContainers.ports": "containerPort",
      "ephemeralContainers.volumeMounts": "mountPath",
      "ephemeralContainers.volumeDevices": "devicePath",
      "ephemeralContainers.env": "name",
      "ephemeralContainers.ports": "containerPort",
    ]
    let specs = [
      "Pod.spec", "Deployment.spec.template.spec",
      "DaemonSet.spec.template.spec", "StatefulSet.spec.template.spec",
      "Job.spec.template.spec",
      "Cronjob.spec.jobTemplate.spec.template.spec",
    ]
    var keys = [
      "Service.spec.ports": "port", "ServiceAccount.secrets": "name",
      "ValidatingWebhookConfiguration.webhooks": "name",
      "MutatingWebhookConfiguration.webhooks": "name",
    ]
    for spec in specs {
      for (path, key) in below { keys["\(spec).\(path)"] = key }
    }
    return keys
  }()
}
