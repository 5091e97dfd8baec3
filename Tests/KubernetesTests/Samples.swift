// Short ways to write the objects that the rules are tested with.

import Kubernetes
import Testing

let now = Instant(seconds: 1_760_000_000)

/// A time some seconds before `now`, as objects write it.
func ago(_ seconds: Int64) -> String {
  Instant(microseconds: now.microseconds - seconds * 1_000_000).timestamp
}

func object(_ text: String) throws -> KubernetesObject {
  try KubernetesObject(parsing: text.utf8)
}

func workload(
  _ kind: String, _ name: String = "web", uid: String? = nil,
  generation: Int = 1, annotations: String = "{}", spec: String = "{}",
  status: String = "{}"
) throws -> KubernetesObject {
  let version = kind == "Job" ? "batch/v1" : "apps/v1"
  var result = try object(
    """
    {"apiVersion":"\(version)","kind":"\(kind)","metadata":{"name":"\(name)",
     "namespace":"n","uid":"\(uid ?? name)","generation":\(generation),
     "annotations":\(annotations),"creationTimestamp":"\(ago(300))"},
     "spec":\(spec),"status":\(status)}
    """)
  if result.json["status"]?["observedGeneration"] == nil {
    result.status["observedGeneration"] = .integer(generation)
  }
  return result
}

/// A ReplicaSet of a Deployment's revision.
func replicaSet(_ name: String, of deployment: String, revision: Int) throws
  -> KubernetesObject
{
  var set = try workload(
    "ReplicaSet", name,
    annotations: #"{"deployment.kubernetes.io/revision":"\#(revision)"}"#)
  set.ownerReferences = [
    OwnerReference(
      apiVersion: "apps/v1", kind: "Deployment", name: deployment,
      uid: deployment)
  ]
  return set
}

/// A pod with one container `c` of image `i:1`; `container` is its status.
func pod(
  _ name: String, owner: (kind: String, name: String)? = nil,
  phase: String = "Pending", container: String? = nil,
  conditions: String = "[]", labels: [String: String] = [:],
  node: String = "node-1", age: Int64 = 60, spec: String = "{}",
  status: String = "{}"
) throws -> KubernetesObject {
  var result = try object(
    """
    {"apiVersion":"v1","kind":"Pod","metadata":{"name":"\(name)",
     "namespace":"n","uid":"\(name)","creationTimestamp":"\(ago(age))"},
     "spec":{"nodeName":"\(node)","containers":[{"name":"c","image":"i:1"}]},
     "status":{"phase":"\(phase)","conditions":\(conditions)}}
    """)
  for (key, value) in try JSON(parsing: spec).object ?? [:] {
    result.spec[key] = value
  }
  for (key, value) in try JSON(parsing: status).object ?? [:] {
    result.status[key] = value
  }
  if let container {
    var json = try JSON(parsing: container)
    if json["name"] == nil { json["name"] = "c" }
    result.status["containerStatuses"] = [json]
  }
  if let owner {
    result.ownerReferences = [
      OwnerReference(
        apiVersion: "apps/v1", kind: owner.kind, name: owner.name,
        uid: owner.name)
    ]
  }
  result.labels = labels
  return result
}

let readyCondition =
  #"[{"type":"Ready","status":"True"},{"type":"PodScheduled","status":"True"}]"#

func readyPod(
  _ name: String, owner: (kind: String, name: String)? = nil,
  labels: [String: String] = [:]
) throws -> KubernetesObject {
  try pod(
    name, owner: owner, phase: "Running",
    container:
      #"{"ready":true,"state":{"running":{"startedAt":"\#(ago(50))"}}}"#,
    conditions: readyCondition, labels: labels)
}

func event(
  about uid: String, _ reason: String, _ message: String,
  type: String = "Warning", age: Int64 = 20
) throws -> KubernetesObject {
  KubernetesObject([
    "apiVersion": "v1", "kind": "Event", "type": .string(type),
    "metadata": [
      "name": .string("\(uid).\(reason)"), "namespace": "n",
      "uid": .string("\(uid).\(reason)"),
    ],
    "involvedObject": ["uid": .string(uid), "kind": "Pod", "name": "x"],
    "reason": .string(reason), "message": .string(message), "count": 2,
    "lastTimestamp": .string(ago(age)),
  ])
}

func circumstances(_ objects: [KubernetesObject]) -> Circumstances {
  Circumstances(ClusterSnapshot(objects), now: now)
}
