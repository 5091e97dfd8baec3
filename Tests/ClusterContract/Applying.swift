// Server-side apply: ownership, removal, conflicts, force, dry run.

import Kubernetes
import Testing

extension ContractCase {
  static let applying: [ContractCase] = [
    ContractCase("apply creates, and again changes nothing") { room in
      let deployment = room.deployment(
        container: ["ports": [["containerPort": 80, "protocol": "TCP"]]])
      let first = try await room.cluster.apply(deployment, ApplyOptions())
      let dry = try await room.cluster.apply(
        deployment, ApplyOptions(dryRun: true))
      #expect(dry.spec == first.spec)
      let second = try await room.cluster.apply(deployment, ApplyOptions())
      #expect(second.generation == 1)
      #expect(second.uid == first.uid)
      let map = room.configMap("twice")
      let one = try await room.cluster.apply(map, ApplyOptions())
      let two = try await room.cluster.apply(map, ApplyOptions())
      #expect(one.resourceVersion == two.resourceVersion)
    },
    ContractCase("empty maps and lists are left out, empty structures stay") {
      room in
      var deployment = room.deployment(
        container: [
          "env": [], "resources": ["limits": [:]], "securityContext": [:],
        ])
      deployment.metadata["annotations"] = [:]
      deployment.spec.set([:], at: "template", "spec", "nodeSelector")
      deployment.spec.set([], at: "template", "spec", "tolerations")
      deployment.spec.set(
        [["name": "v", "emptyDir": [:]]], at: "template", "spec", "volumes")
      let made = try await room.cluster.apply(deployment, ApplyOptions())
      let spec = made.spec.value(at: "template", "spec")
      #expect(made.json["metadata"]?["annotations"] == nil)
      #expect(spec?["nodeSelector"] == nil && spec?["tolerations"] == nil)
      #expect(spec?["volumes"] == [["name": "v", "emptyDir": [:]]])
      let container = spec?["containers"]?[0]
      #expect(container?["env"] == nil)
      #expect(container?["resources"] == [:])
      #expect(container?["securityContext"] == [:])
      let again = try await room.cluster.apply(deployment, ApplyOptions())
      #expect(again.generation == 1)
    },
    ContractCase("apply says who owns which fields") { room in
      let made = try await room.cluster.apply(
        room.configMap("owned"), ApplyOptions(fieldManager: "me"))
      let entry = try #require(
        made.managedFields.first { $0["manager"] == "me" })
      #expect(entry["operation"] == "Apply")
      #expect(entry["fieldsType"] == "FieldsV1")
      #expect(entry["fieldsV1"] == ["f:data": ["f:a": [:]]])
      let deployment = try await room.cluster.apply(
        room.deployment(
          container: [
            "ports": [["containerPort": 80, "protocol": "TCP"]],
            "command": ["a", "b"],
          ]), ApplyOptions(fieldManager: "me"))
      let fields = deployment.managedFields.first { $0["manager"] == "me" }
      let container = fields?["fieldsV1"]?.value(
        at: "f:spec", "f:template", "f:spec", "f:containers",
        #"k:{"name":"c"}"#)
      #expect(
        container == [
          ".": [:], "f:name": [:], "f:image": [:], "f:command": [:],
          "f:ports": [
            #"k:{"containerPort":80,"protocol":"TCP"}"#: [
              ".": [:], "f:containerPort": [:], "f:protocol": [:],
            ]
          ],
        ])
      #expect(
        fields?["fieldsV1"]?.value(at: "f:spec", "f:selector") == [:])
    },
    ContractCase("apply removes what is no longer applied") { room in
      _ = try await room.cluster.apply(
        room.configMap("gone", ["a": "1", "b": "2"]), ApplyOptions())
      let less = try await room.cluster.apply(
        room.configMap("gone", ["b": "2"]), ApplyOptions())
      #expect(less.json["data"] == ["b": "2"])

      var first = room.deployment(
        replicas: 3,
        container: [
          "env": [
            ["name": "A", "value": "1"], ["name": "B", "value": "2"],
          ],
          "volumeMounts": [["name": "v", "mountPath": "/v"]],
        ])
      first.labels = ["keep": "1", "drop": "1"]
      first.spec.set(
        [["name": "v", "emptyDir": [:]]], at: "template", "spec", "volumes")
      _ = try await room.cluster.apply(first, ApplyOptions())
      var second = room.deployment(
        replicas: nil, container: ["env": [["name": "B", "value": "3"]]])
      second.labels = ["keep": "1"]
      let result = try await room.cluster.apply(second, ApplyOptions())
      let spec = result.spec.value(at: "template", "spec")
      let container = spec?["containers"]?[0]
      #expect(container?["env"] == [["name": "B", "value": "3"]])
      #expect(container?["volumeMounts"] == nil)
      #expect(spec?["volumes"] == nil)
      #expect(result.labels == ["keep": "1"])
      #expect(result.spec["replicas"] == 1)
    },
    ContractCase("apply leaves the replicas to an autoscaler") { room in
      let wanted = room.deployment(replicas: 3)
      _ = try await room.cluster.apply(wanted, ApplyOptions())
      let reference = room.reference(.deployment, "web")
      // A HorizontalPodAutoscaler goes through the subresource scale, whose
      // writes API servers before 1.22 attribute to nobody.
      _ = try await room.cluster.patch(
        reference, .merge(["spec": ["replicas": 4]]),
        WriteOptions(fieldManager: "kube-controller-manager"))
      let live = try await room.cluster.get(reference)
      #expect(live.autoscaledReplicas == 4)
      let sent = wanted.leavingToAutoscaler(of: live)
      #expect(sent.spec["replicas"] == nil)
      let after = try await room.cluster.apply(sent, ApplyOptions())
      #expect(after.spec["replicas"] == 4)
      #expect(after.autoscaledReplicas == 4)
    },
    ContractCase("apply leaves what others own") { room in
      _ = try await room.cluster.apply(
        room.deployment(replicas: nil), ApplyOptions())
      let reference = room.reference(.deployment, "web")
      _ = try await room.cluster.patch(
        reference, .merge(["spec": ["replicas": 4]]),
        WriteOptions(fieldManager: "scaler"))
      _ = try await room.cluster.apply(
        room.configMapLabelled("other"), ApplyOptions(fieldManager: "other"))
      let again = try await room.cluster.apply(
        room.deployment(replicas: nil), ApplyOptions())
      #expect(again.spec["replicas"] == 4)
      // Two managers of one field: it goes with the last of them.
      let both = room.configMap("shared", ["a": "1", "b": "1"])
      _ = try await room.cluster.apply(both, ApplyOptions(fieldManager: "one"))
      _ = try await room.cluster.apply(both, ApplyOptions(fieldManager: "two"))
      let less = room.configMap("shared", ["b": "1"])
      let kept = try await room.cluster.apply(
        less, ApplyOptions(fieldManager: "one"))
      #expect(kept.json["data"]?["a"] == "1")
      let gone = try await room.cluster.apply(
        less, ApplyOptions(fieldManager: "two"))
      #expect(gone.json["data"] == ["b": "1"])
    },
    ContractCase("apply names the fields that others own, and force takes them")
    { room in
      _ = try await room.cluster.apply(
        room.deployment(image: "img:1"), ApplyOptions(fieldManager: "first"))
      let mine = room.deployment(image: "img:2")
      do {
        _ = try await room.cluster.apply(
          mine, ApplyOptions(fieldManager: "second"))
        Issue.record("the conflict was not told")
      } catch let error as ClusterError {
        #expect(error.isConflict)
        let conflicts = error.fieldConflicts
        #expect(
          conflicts.map(\.field)
            == [#".spec.template.spec.containers[name="c"].image"#])
        #expect(conflicts.first?.message.contains("\"first\"") == true)
      }
      let forced = try await room.cluster.apply(
        mine, ApplyOptions(fieldManager: "second", force: true))
      #expect(
        forced.spec.value(at: "template", "spec", "containers")?[0]?["image"]
          == "img:2")
      await room.expectError("the way back", where: \.isConflict) {
        _ = try await room.cluster.apply(
          room.deployment(image: "img:1"), ApplyOptions(fieldManager: "first"))
      }
    },
    ContractCase("a change by hand becomes the changer's") { room in
      _ = try await room.cluster.apply(
        room.configMap("hand"), ApplyOptions(fieldManager: "role"))
      let reference = room.reference(.configMap, "hand")
      _ = try await room.cluster.patch(
        reference, .merge(["data": ["a": "9"]]),
        WriteOptions(fieldManager: "somebody"))
      await room.expectError(
        "taking it back",
        where: {
          $0.isConflict && $0.fieldConflicts.map(\.field) == [".data.a"]
            && $0.fieldConflicts[0].message.contains("\"somebody\"")
        }
      ) {
        _ = try await room.cluster.apply(
          room.configMap("hand"), ApplyOptions(fieldManager: "role"))
      }
      // The same value is no conflict.
      _ = try await room.cluster.apply(
        room.configMap("hand", ["a": "9"]), ApplyOptions(fieldManager: "role"))
    },
    ContractCase("apply refuses a stale version, force or not") { room in
      let made = try await room.cluster.apply(
        room.configMap("fence"), ApplyOptions())
      _ = try await room.cluster.patch(
        made.reference, .merge(["data": ["z": "1"]]))
      var stale = room.configMap("fence", ["a": "2"])
      stale.resourceVersion = made.resourceVersion
      await room.expectError("a stale apply", where: \.isConflict) {
        _ = try await room.cluster.apply(stale, ApplyOptions(force: true))
      }
    },
  ]
}

extension ContractRoom {
  func configMapLabelled(_ name: String) -> KubernetesObject {
    var map = configMap(name)
    map.labels = ["who": name]
    return map
  }
}
