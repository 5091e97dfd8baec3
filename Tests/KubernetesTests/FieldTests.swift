// Server-side apply, ownership, strategic merge and the recorder.

import Kubernetes
import Testing

private func deployment(_ containers: String, replicas: String = "")
  throws -> KubernetesObject
{
  try object(
    """
    {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d",
     "namespace":"n","labels":{"app":"d"}},"spec":{\(replicas)
     "template":{"spec":{"containers":\(containers)}}}}
    """)
}

@Suite struct ServerSideApplyTests {
  func apply(
    _ applied: KubernetesObject, to live: KubernetesObject?, as manager: String
  ) -> (object: KubernetesObject, conflicts: [ClusterError.StatusCause]) {
    var outcome = ServerSideApply.apply(
      applied, to: live, manager: manager, time: Instant(seconds: 0))
    outcome.object.managedFields = outcome.managers.map(\.json)
    return (outcome.object, outcome.conflicts)
  }

  @Test func recordsFieldsAsTheServerDoes() throws {
    let result = apply(
      try deployment(
        #"[{"name":"c","image":"i:1","ports":[{"containerPort":80}]}]"#,
        replicas: #""replicas":2,"#), to: nil, as: "a")
    #expect(
      result.object.managedFields[0]["fieldsV1"]?.text()
        == #"{"f:metadata":{"f:labels":{"f:app":{}}},"f:spec":{"f:replicas":{},"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"c\"}":{".":{},"f:image":{},"f:name":{},"f:ports":{"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{}}}}}}}}}"#
    )
  }

  @Test func removesWhatIsNoLongerApplied() throws {
    let first = apply(
      try deployment(
        #"[{"name":"c","image":"i","env":[{"name":"A","value":"1"},{"name":"B","value":"2"}]},{"name":"old","image":"o"}]"#,
        replicas: #""replicas":2,"#), to: nil, as: "a")
    let second = apply(
      try deployment(
        #"[{"name":"c","image":"i","env":[{"name":"B","value":"3"}]}]"#),
      to: first.object, as: "a")
    #expect(second.conflicts.isEmpty)
    #expect(
      second.object.spec.text()
        == #"{"template":{"spec":{"containers":[{"env":[{"name":"B","value":"3"}],"image":"i","name":"c"}]}}}"#
    )
  }

  @Test func keepsWhatOthersOwn() throws {
    let first = apply(
      try deployment(
        #"[{"name":"c","image":"i"}]"#, replicas: #""replicas":2,"#),
      to: nil, as: "a")
    let other = apply(
      try deployment(
        #"[{"name":"side","image":"s"}]"#, replicas: #""replicas":2,"#),
      to: first.object, as: "b")
    #expect(other.conflicts.isEmpty)
    let third = apply(
      try deployment(#"[{"name":"c","image":"i"}]"#), to: other.object, as: "a")
    #expect(third.object.spec["replicas"] == 2)
    #expect(
      third.object.spec.value(at: "template", "spec", "containers")?.array?
        .count == 2)
  }

  @Test func tellsConflictsByFieldAndManager() throws {
    let first = apply(
      try deployment(#"[{"name":"c","image":"i:1"}]"#), to: nil, as: "a")
    let second = apply(
      try deployment(#"[{"name":"c","image":"i:2"}]"#), to: first.object,
      as: "b")
    #expect(
      second.conflicts.map(\.field)
        == [#".spec.template.spec.containers[name="c"].image"#])
    #expect(second.conflicts[0].message == #"conflict with "a" using apps/v1"#)
    let error = ServerSideApply.conflict(second.conflicts)
    #expect(error.isConflict && error.fieldConflicts.count == 1)
    // Settled by force: the field changes hands.
    let back = apply(
      try deployment(#"[{"name":"c","image":"i:1"}]"#), to: second.object,
      as: "a")
    #expect(
      back.conflicts.map(\.message) == [#"conflict with "b" using apps/v1"#])
  }

  @Test func updatesTakeOwnership() throws {
    let first = apply(
      try deployment(
        #"[{"name":"c","image":"i:1"}]"#, replicas: #""replicas":1,"#),
      to: nil, as: "a")
    var scaled = first.object
    scaled.spec["replicas"] = 5
    scaled.managedFields = ServerSideApply.update(
      scaled, from: first.object, manager: "kubectl", time: nil
    ).map(\.json)
    #expect(
      scaled.managedFields.last?["fieldsV1"]?.text()
        == #"{"f:spec":{"f:replicas":{}}}"#)
    let again = apply(
      try deployment(
        #"[{"name":"c","image":"i:1"}]"#, replicas: #""replicas":1,"#),
      to: scaled, as: "a")
    #expect(again.conflicts.map(\.field) == [".spec.replicas"])
    let without = apply(
      try deployment(#"[{"name":"c","image":"i:1"}]"#), to: scaled, as: "a")
    #expect(without.conflicts.isEmpty)
    #expect(without.object.spec["replicas"] == 5)
  }

  @Test func appliesTwiceWithoutChange() throws {
    let manifest = try deployment(#"[{"name":"c","image":"i:1"}]"#)
    let first = apply(manifest, to: nil, as: "a")
    let second = apply(manifest, to: first.object, as: "a")
    #expect(first.object == second.object)
  }

  @Test func replacesAtomicValuesWhole() throws {
    let first = try object(
      #"{"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{"selector":{"a":"1","b":"2"}}}"#
    )
    let second = try object(
      #"{"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{"selector":{"a":"1"}}}"#
    )
    let live = apply(first, to: nil, as: "a").object
    #expect(
      apply(second, to: live, as: "b").conflicts.map(\.field) == [
        ".spec.selector"
      ])
    #expect(
      apply(second, to: live, as: "a").object.spec["selector"] == ["a": "1"])
  }
}

@Suite struct StrategicMergeTests {
  @Test(arguments: [
    (
      #"{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"i:2"}]}}}}"#,
      #"[{"env":[{"name":"A","value":"1"}],"image":"i:2","name":"c"},{"image":"s","name":"side"}]"#
    ),
    (
      #"{"spec":{"template":{"spec":{"containers":[{"name":"side","$patch":"delete"}]}}}}"#,
      #"[{"env":[{"name":"A","value":"1"}],"image":"i:1","name":"c"}]"#
    ),
    (
      #"{"spec":{"template":{"spec":{"containers":[{"name":"c","env":[{"name":"B","value":"2"}]}]}}}}"#,
      #"[{"env":[{"name":"A","value":"1"},{"name":"B","value":"2"}],"image":"i:1","name":"c"},{"image":"s","name":"side"}]"#
    ),
    (
      #"{"spec":{"template":{"spec":{"containers":[{"$patch":"replace"},{"name":"n"}]}}}}"#,
      #"[{"name":"n"}]"#
    ),
  ])
  func merges(patch: String, containers: String) throws {
    let live = try deployment(
      #"[{"name":"c","image":"i:1","env":[{"name":"A","value":"1"}]},{"name":"side","image":"s"}]"#
    )
    let patched = try live.patched(by: .strategic(JSON(parsing: patch)))
    #expect(
      patched.spec.value(at: "template", "spec", "containers")?.text()
        == containers)
  }
}

@Suite struct RecorderTests {
  func recorder() -> Recorder {
    Recorder(
      over: EmptyCluster(
        serving: Discovery([]),
        version: ClusterVersion(major: 1, minor: 30, gitVersion: "v1.30.0"),
        now: Instant(seconds: 0)))
  }

  @Test func readsWhatWasWritten() async throws {
    let recorder = recorder()
    let manifest = try deployment(#"[{"name":"c","image":"i:1"}]"#)
    _ = try await recorder.apply(manifest, ApplyOptions())
    let read = try await recorder.get(manifest.reference)
    #expect(read.spec == manifest.spec)
    let list = try await recorder.list(
      ListQuery(.deployment, namespace: "n", labelSelector: "app=d"))
    #expect(list.items.map(\.name) == ["d"])
    let none = try await recorder.list(
      ListQuery(.deployment, namespace: "n", labelSelector: "app=x"))
    #expect(none.items.isEmpty)
    let unknown = await recorder.unknownFields(of: manifest.reference)
    #expect(unknown.covers("/status/readyReplicas"))
    #expect(unknown.covers("/metadata/uid"))
    #expect(!unknown.covers("/spec/template"))
    try await recorder.delete(manifest.reference)
    #expect(try await recorder.find(manifest.reference) == nil)
    let writes = await recorder.writes
    #expect(
      writes.map(\.operation) == [
        .apply(force: false), .delete(DeleteOptions()),
      ])
  }

  @Test func recordsNoDryRuns() async throws {
    let recorder = recorder()
    let manifest = try deployment(#"[{"name":"c","image":"i:1"}]"#)
    _ = try await recorder.apply(manifest, ApplyOptions(dryRun: true))
    #expect(try await recorder.find(manifest.reference) == nil)
    #expect(await recorder.writes.isEmpty)
  }

  @Test func failsAsAServerWould() async throws {
    let recorder = recorder()
    let manifest = try deployment(#"[{"name":"c","image":"i:1"}]"#)
    await #expect {
      _ = try await recorder.patch(manifest.reference, .merge([:]))
    } throws: { ($0 as? ClusterError)?.isNotFound == true }
    _ = try await recorder.create(manifest)
    await #expect {
      _ = try await recorder.create(manifest)
    } throws: { ($0 as? ClusterError)?.isAlreadyExists == true }
    var unnamed = manifest
    unnamed.metadata["name"] = nil
    await #expect {
      _ = try await recorder.create(unnamed)
    } throws: { ($0 as? ClusterError)?.isInvalid == true }
    unnamed.metadata["generateName"] = "job-"
    let made = try await recorder.create(unnamed)
    #expect(made.name.hasPrefix("job-"))
    #expect(
      await recorder.unknownFields(of: made.reference).covers("/metadata/name"))
  }

  @Test func keepsConflictsForThePlan() async throws {
    let below = recorder()
    _ = try await below.apply(
      deployment(#"[{"name":"c","image":"i:1"}]"#),
      ApplyOptions(fieldManager: "someone"))
    let recorder = Recorder(over: below)
    _ = try await recorder.apply(
      deployment(#"[{"name":"c","image":"i:2"}]"#), ApplyOptions())
    let write = try #require(await recorder.writes.first)
    #expect(write.conflicts.count == 1 && !write.isNoChange)
    _ = try await recorder.apply(
      deployment(#"[{"name":"c","image":"i:2"}]"#), ApplyOptions())
    #expect(await recorder.writes.last?.isNoChange == true)
  }
}
