// Writing: create, generateName, patches, replace, dry run, generation.

import Kubernetes
import Testing

extension ContractCase {
  static let writing: [ContractCase] = [
    ContractCase("generateName makes a new name each time") { room in
      var map = room.configMap("")
      map.metadata["name"] = nil
      map.metadata["generateName"] = "made-"
      let first = try await room.cluster.create(map)
      let second = try await room.cluster.create(map)
      #expect(first.name.hasPrefix("made-") && first.name.count > 5)
      #expect(first.name != second.name)
    },
    ContractCase("merge, strategic and JSON patches") { room in
      let deployment = room.deployment(
        container: ["env": [["name": "A", "value": "1"]]])
      _ = try await room.cluster.create(deployment)
      let reference = deployment.reference
      func containers(_ object: KubernetesObject) -> [JSON] {
        object.spec.value(at: "template", "spec", "containers")?.array ?? []
      }
      var result = try await room.cluster.patch(
        reference, .merge(["metadata": ["labels": ["m": "1"]]]))
      #expect(result.labels["m"] == "1")
      result = try await room.cluster.patch(
        reference,
        .strategic([
          "spec": [
            "template": [
              "spec": [
                "containers": [
                  ["name": "c", "env": [["name": "B", "value": "2"]]],
                  ["name": "d", "image": "img:d"],
                ]
              ]
            ]
          ]
        ]))
      let both = containers(result)
      #expect(Set(both.compactMap { $0["name"]?.string }) == ["c", "d"])
      let main = both.first { $0["name"] == "c" }
      #expect(main?["image"] == "img:1")
      #expect(
        Set((main?["env"]?.array ?? []).compactMap { $0["name"]?.string })
          == ["A", "B"])
      result = try await room.cluster.patch(
        reference,
        .strategic([
          "spec": [
            "template": [
              "spec": ["containers": [["name": "d", "$patch": "delete"]]]
            ]
          ]
        ]))
      #expect(containers(result).count == 1)
      result = try await room.cluster.patch(
        reference,
        .json([
          ["op": "replace", "path": "/spec/replicas", "value": 0],
          ["op": "remove", "path": "/metadata/labels/m"],
        ]))
      #expect(result.spec["replicas"] == 0 && result.labels["m"] == nil)
      await room.expectError(
        "a JSON patch that cannot be done", where: { $0.code == 422 }
      ) {
        _ = try await room.cluster.patch(
          reference, .json([["op": "remove", "path": "/spec/nothing"]]))
      }
    },
    ContractCase("replace refuses a stale version") { room in
      let first = try await room.cluster.create(room.configMap("r"))
      var changed = first
      changed.json["data"] = ["a": "2"]
      let second = try await room.cluster.replace(changed)
      #expect(second.resourceVersion != first.resourceVersion)
      #expect(second.uid == first.uid)
      await room.expectError("a stale replace", where: \.isConflict) {
        _ = try await room.cluster.replace(changed)
      }
      var fresh = changed
      fresh.resourceVersion = second.resourceVersion
      fresh.json["data"] = ["b": "3"]
      let third = try await room.cluster.replace(fresh)
      #expect(third.json["data"] == ["b": "3"])
    },
    ContractCase("a write that changes nothing keeps the version") { room in
      let first = try await room.cluster.create(room.configMap("same"))
      let second = try await room.cluster.patch(
        first.reference, .merge(["data": ["a": "1"]]))
      #expect(second.resourceVersion == first.resourceVersion)
    },
    ContractCase("generation counts changes of the spec only") { room in
      let made = try await room.cluster.create(room.deployment(replicas: 0))
      #expect(made.generation == 1)
      let labelled = try await room.cluster.patch(
        made.reference, .merge(["metadata": ["labels": ["x": "y"]]]))
      #expect(labelled.generation == 1)
      let scaled = try await room.cluster.patch(
        made.reference, .merge(["spec": ["minReadySeconds": 1]]))
      #expect(scaled.generation == 2)
    },
    ContractCase("status is not written with the object") { room in
      let made = try await room.cluster.create(room.deployment(replicas: 0))
      let patched = try await room.cluster.patch(
        made.reference, .merge(["status": ["readyReplicas": 7]]))
      #expect(patched.status["readyReplicas"] == nil)
    },
    ContractCase("a dry run leaves nothing behind") { room in
      let dry = try await room.cluster.create(
        room.configMap("dry"), WriteOptions(dryRun: true))
      #expect(dry.name == "dry")
      #expect(try await room.cluster.find(dry.reference) == nil)
      let made = try await room.cluster.create(room.configMap("wet"))
      let patched = try await room.cluster.patch(
        made.reference, .merge(["data": ["a": "2"]]),
        WriteOptions(dryRun: true))
      #expect(patched.json["data"] == ["a": "2"])
      var changed = made
      changed.json["data"] = ["a": "3"]
      _ = try await room.cluster.replace(changed, WriteOptions(dryRun: true))
      _ = try await room.cluster.apply(
        room.configMap("wet", ["a": "4"]),
        ApplyOptions(dryRun: true, force: true))
      try await room.cluster.delete(
        made.reference, DeleteOptions(dryRun: true))
      #expect(try await room.cluster.get(made.reference) == made)
    },
    ContractCase("defaults are written into the object") { room in
      let made = try await room.cluster.create(
        room.deployment(
          replicas: nil, container: ["ports": [["containerPort": 80]]]))
      #expect(made.spec["replicas"] == 1)
      #expect(
        made.spec.value(at: "strategy", "rollingUpdate", "maxSurge") == "25%")
      let container = made.spec.value(at: "template", "spec", "containers")?[0]
      #expect(container?["imagePullPolicy"] == "IfNotPresent")
      #expect(container?["ports"]?[0]?["protocol"] == "TCP")
      #expect(
        made.spec.value(at: "template", "spec", "restartPolicy") == "Always")
      var secret = KubernetesObject([
        "apiVersion": "v1", "kind": "Secret", "stringData": ["k": "välue"],
        "metadata": ["name": "s", "namespace": .string(room.namespace)],
      ])
      secret = try await room.cluster.create(secret)
      #expect(secret.json["data"] == ["k": "dsOkbHVl"])
      #expect(
        secret.json["stringData"] == nil && secret.json["type"] == "Opaque")
      let service = try await room.cluster.create(
        room.object(
          #"{"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{"selector":{"app":"x"},"ports":[{"port":80}]}}"#
        ))
      #expect(service.spec["clusterIP"]?.string?.isEmpty == false)
      #expect(service.spec["ports"]?[0]?["targetPort"] == 80)
      #expect(service.spec["type"] == "ClusterIP")
    },
  ]
}
