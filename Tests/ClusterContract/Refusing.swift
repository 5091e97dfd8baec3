// What is refused: 403, 404, 409, 422, immutable fields, cancelled calls.

import Kubernetes
import Testing

extension ContractCase {
  static let refusing: [ContractCase] = [
    ContractCase("404 for what does not exist") { room in
      let reference = room.reference(.configMap, "none")
      await room.expectError("get", where: \.isNotFound) {
        _ = try await room.cluster.get(reference)
      }
      await room.expectError("patch", where: \.isNotFound) {
        _ = try await room.cluster.patch(reference, .merge([:]))
      }
      await room.expectError(
        "replace", where: { $0.isNotFound || $0.isConflict }
      ) {
        _ = try await room.cluster.replace(room.configMap("none"))
      }
      await room.expectError("an unknown kind", where: \.isNotFound) {
        _ = try await room.cluster.get(
          ObjectReference(
            apiVersion: "quarterdeck.io/v9", kind: "Anchor",
            namespace: room.namespace, name: "x"))
      }
      var elsewhere = room.configMap("x")
      elsewhere.namespace = "contract-no-such-namespace"
      await room.expectError("create in no namespace", where: \.isNotFound) {
        _ = try await room.cluster.create(elsewhere)
      }
      await room.expectError("apply in no namespace", where: \.isNotFound) {
        _ = try await room.cluster.apply(elsewhere, ApplyOptions())
      }
      await room.expectError("dry run in no namespace", where: \.isNotFound) {
        _ = try await room.cluster.apply(elsewhere, ApplyOptions(dryRun: true))
      }
      let none = try await room.cluster.list(
        ListQuery(.configMap, namespace: "contract-no-such-namespace"))
      #expect(none.items.isEmpty)
    },
    ContractCase("409 for a name that is taken") { room in
      _ = try await room.cluster.create(room.configMap("taken"))
      await room.expectError("create", where: \.isAlreadyExists) {
        _ = try await room.cluster.create(room.configMap("taken"))
      }
      // What is wrong with it is said first, so that a dry run finds it.
      _ = try await room.cluster.create(room.deployment("taken"))
      var bad = room.deployment("taken")
      bad.spec.set("other", at: "template", "metadata", "labels", "app")
      await room.expectError("a bad one", where: \.isInvalid) {
        _ = try await room.cluster.create(bad, WriteOptions(dryRun: true))
      }
    },
    ContractCase("403 for who has no rights") { room in
      guard let viewer = room.subject.withoutRights else { return }
      await room.expectError("list", where: \.isForbidden) {
        _ = try await viewer.list(room.query(.secret))
      }
      await room.expectError("create", where: \.isForbidden) {
        _ = try await viewer.create(room.configMap("x"))
      }
      await room.expectError("apply", where: \.isForbidden) {
        _ = try await viewer.apply(room.configMap("x"), ApplyOptions())
      }
      let denied = try await viewer.canI(
        AccessQuery(
          verb: "create", group: "apps", resource: "deployments",
          namespace: room.namespace))
      #expect(!denied.isAllowed)
      let allowed = try await room.cluster.canI(
        AccessQuery(
          verb: "create", group: "apps", resource: "deployments",
          namespace: room.namespace))
      #expect(allowed.isAllowed)
    },
    ContractCase("422 with the fields that are wrong") { room in
      func expectCauses(
        _ fields: Set<String>, of object: KubernetesObject,
        at location: SourceLocation = #_sourceLocation
      ) async {
        await room.expectError(
          "\(object.kind) \(object.name)", at: location,
          where: {
            $0.isInvalid && $0.reason == "Invalid"
              && fields.isSubset(of: $0.causes.map(\.field))
          }
        ) { _ = try await room.cluster.create(object) }
      }
      var noImage = room.deployment("no-image")
      noImage.spec.set(
        [["name": "c"]], at: "template", "spec", "containers")
      await expectCauses(
        ["spec.template.spec.containers[0].image"], of: noImage)
      var mismatch = room.deployment("mismatch")
      mismatch.spec.set("other", at: "template", "metadata", "labels", "app")
      await expectCauses(["spec.template.metadata.labels"], of: mismatch)
      var noContainers = room.deployment("no-containers")
      noContainers.spec.set([], at: "template", "spec", "containers")
      await expectCauses(["spec.template.spec.containers"], of: noContainers)
      await expectCauses(
        ["spec.template.spec.containers[0].volumeMounts[0].name"],
        of: room.deployment(
          "no-volume",
          container: [
            "volumeMounts": [["name": "none", "mountPath": "/x"]]
          ]))
      await expectCauses(
        ["spec.replicas"], of: room.deployment("n", replicas: -1))
      var label = room.configMap("label")
      label.labels = ["ok": "not ok"]
      await expectCauses(["metadata.labels"], of: label)
      await expectCauses(["metadata.name"], of: room.configMap("Upper_Case"))
      await expectCauses(
        ["data[not ok]"], of: room.configMap("key", ["not ok": "1"]))
      let service = try room.object(
        #"{"apiVersion":"v1","kind":"Service","metadata":{"name":"port"},"spec":{"ports":[{"port":70000}]}}"#
      )
      await expectCauses(["spec.ports[0].port"], of: service)
      var job = try room.object(
        #"{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"always"},"spec":{"template":{"spec":{"restartPolicy":"Always","containers":[{"name":"c","image":"i"}]}}}}"#
      )
      await expectCauses(["spec.template.spec.restartPolicy"], of: job)
      job.spec.set(nil, at: "template", "spec", "restartPolicy")
      await expectCauses(["spec.template.spec.restartPolicy"], of: job)
      let claim = try room.object(
        #"{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"c"},"spec":{}}"#
      )
      await expectCauses(["spec.accessModes"], of: claim)
      await room.expectError(
        "apply of the same", where: \.isInvalid
      ) { _ = try await room.cluster.apply(noImage, ApplyOptions()) }
      await room.expectError(
        "dry run of the same", where: \.isInvalid
      ) {
        _ = try await room.cluster.apply(noImage, ApplyOptions(dryRun: true))
      }
    },
    ContractCase("422 for fields that cannot change") { room in
      func expectFixed(
        _ object: KubernetesObject, _ patch: JSON, _ field: String,
        at location: SourceLocation = #_sourceLocation
      ) async throws {
        _ = try await room.cluster.create(object)
        await room.expectError(
          "\(object.kind) \(patch)", at: location,
          where: { error in
            error.isInvalid
              && error.causes.contains { $0.field.hasPrefix(field) }
          }
        ) { _ = try await room.cluster.patch(object.reference, .merge(patch)) }
      }
      try await expectFixed(
        room.deployment(replicas: 0),
        [
          "spec": [
            "selector": ["matchLabels": ["app": "web", "more": "x"]],
            "template": ["metadata": ["labels": ["more": "x"]]],
          ]
        ], "spec.selector")
      var set = room.workload("StatefulSet", "set")
      set.spec["replicas"] = 0
      set.spec["serviceName"] = "a"
      try await expectFixed(set, ["spec": ["serviceName": "b"]], "spec")
      try await expectFixed(
        room.object(
          #"{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"j"},"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i"}]}}}}"#
        ),
        [
          "spec": [
            "template": [
              "spec": ["containers": [["name": "c", "image": "other"]]]
            ]
          ]
        ], "spec.template")
      let service = try room.object(
        #"{"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{"clusterIP":"None","ports":[{"port":80}]}}"#
      )
      try await expectFixed(
        service, ["spec": ["clusterIP": "10.96.77.77"]], "spec.clusterIP")
      var secret = KubernetesObject([
        "apiVersion": "v1", "kind": "Secret", "immutable": true,
        "data": ["a": "MQ=="],
        "metadata": ["name": "s", "namespace": .string(room.namespace)],
      ])
      try await expectFixed(secret, ["data": ["a": "Mg=="]], "data")
      secret.name = "typed"
      secret.json["immutable"] = nil
      try await expectFixed(secret, ["type": "other/type"], "type")
    },
    ContractCase("a Secret whose data is no Base64") { room in
      await room.expectError("create", where: { $0.code == 400 }) {
        _ = try await room.cluster.create(
          KubernetesObject([
            "apiVersion": "v1", "kind": "Secret", "data": ["a": "?"],
            "metadata": ["name": "s", "namespace": .string(room.namespace)],
          ]))
      }
    },
    ContractCase("a cancelled call says so") { room in
      let task = Task {
        while !Task.isCancelled { await Task.yield() }
        _ = try await room.cluster.list(room.query(.configMap))
      }
      task.cancel()
      switch await task.result {
      case .success: Issue.record("the call was answered")
      case .failure(let error):
        #expect((error as? ClusterError)?.cause == .cancelled)
      }
    },
  ]
}
