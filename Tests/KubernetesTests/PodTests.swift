// Pods: the STATUS cell as kubectl prints it, the table of dooms, and what an
// unready pod says it waits for.

import Kubernetes
import Testing

@Suite struct PodDisplayTests {
  /// Cases from kubernetes/pkg/printers/internalversion/printers_test.go.
  @Test(arguments: [
    (
      #"{"containers":[{"name":"a"},{"name":"b"}]}"#,
      #"{"phase":"podPhase","containerStatuses":[{"name":"a","ready":true,"restartCount":3,"state":{"running":{}}},{"name":"b","restartCount":3}]}"#,
      "podPhase", "1/2", 6
    ),
    (
      #"{"containers":[{"name":"a"},{"name":"b"}]}"#,
      #"{"phase":"podPhase","containerStatuses":[{"name":"a","restartCount":3,"state":{"waiting":{"reason":"ContainerWaitingReason"}}},{"name":"b","ready":true,"restartCount":3,"state":{"running":{}}}]}"#,
      "ContainerWaitingReason", "1/2", 6
    ),
    (
      #"{"containers":[{"name":"a"},{"name":"b"}]}"#,
      #"{"phase":"Running","containerStatuses":[{"name":"a","ready":true,"restartCount":3,"state":{"running":{}}},{"name":"b","restartCount":3,"state":{"terminated":{"reason":"Completed","exitCode":0}}}],"conditions":[{"type":"Ready","status":"True"}]}"#,
      "Running", "1/2", 6
    ),
    (
      #"{"containers":[{"name":"a"},{"name":"b"}]}"#,
      #"{"phase":"Running","containerStatuses":[{"name":"a","ready":true,"restartCount":3,"state":{"running":{}}},{"name":"b","restartCount":3,"state":{"terminated":{"reason":"Completed","exitCode":0}}}],"conditions":[{"type":"Ready","status":"False"}]}"#,
      "NotReady", "1/2", 6
    ),
    (
      #"{"initContainers":[{"name":"i"},{"name":"j"}],"containers":[{"name":"a"}]}"#,
      #"{"phase":"Pending","initContainerStatuses":[{"name":"i","restartCount":1,"state":{"terminated":{"exitCode":0}}},{"name":"j","restartCount":2,"state":{"running":{}}}],"containerStatuses":[{"name":"a","state":{"waiting":{"reason":"PodInitializing"}}}]}"#,
      "Init:1/2", "0/1", 3
    ),
    (
      #"{"initContainers":[{"name":"i"}],"containers":[{"name":"a"}]}"#,
      #"{"phase":"Pending","initContainerStatuses":[{"name":"i","restartCount":2,"state":{"terminated":{"exitCode":3}}}]}"#,
      "Init:ExitCode:3", "0/1", 2
    ),
    (
      #"{"initContainers":[{"name":"i"}],"containers":[{"name":"a"}]}"#,
      #"{"phase":"Pending","initContainerStatuses":[{"name":"i","restartCount":2,"state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}"#,
      "Init:CrashLoopBackOff", "0/1", 2
    ),
    (
      #"{"initContainers":[{"name":"s","restartPolicy":"Always"}],"containers":[{"name":"a"}]}"#,
      #"{"phase":"Running","initContainerStatuses":[{"name":"s","started":true,"ready":true,"restartCount":1,"state":{"running":{}}}],"containerStatuses":[{"name":"a","ready":true,"restartCount":2,"state":{"running":{}}}]}"#,
      "Running", "2/2", 3
    ),
    (
      #"{"containers":[{"name":"a"}]}"#,
      #"{"phase":"Failed","reason":"Evicted"}"#, "Evicted", "0/1", 0
    ),
    (
      #"{"containers":[{"name":"a"}]}"#,
      #"{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"SchedulingGated"}]}"#,
      "SchedulingGated", "0/1", 0
    ),
    (
      #"{"containers":[{"name":"a"}]}"#,
      #"{"phase":"Failed","containerStatuses":[{"name":"a","state":{"terminated":{"signal":9,"exitCode":137}}}]}"#,
      "Signal:9", "0/1", 0
    ),
  ])
  func printsAsKubectl(
    spec: String, status: String, reason: String, ready: String, restarts: Int
  ) throws {
    let summary = try #require(
      PodSummary(try pod("p", spec: spec, status: status)))
    let display = summary.display
    #expect(display.reason == reason)
    #expect("\(display.ready)/\(display.total)" == ready)
    #expect(display.restarts == restarts)
  }

  @Test func saysTerminating() throws {
    var deleted = try readyPod("p")
    deleted.metadata["deletionTimestamp"] = .string(ago(1))
    #expect(PodSummary(deleted)?.display.reason == "Terminating")
    deleted.status["reason"] = "NodeLost"
    #expect(PodSummary(deleted)?.display.reason == "Unknown")
  }
}

private func trouble(_ json: KubernetesObject, _ around: Circumstances) throws
  -> Doom?
{
  Doom(of: try #require(PodSummary(json)), around)
}

@Suite struct DoomTests {
  static func waiting(
    _ reason: String, _ message: String = "", more: String = ""
  )
    -> String
  {
    #"{"state":{"waiting":{"reason":"\#(reason)","message":"\#(message)"}}\#(more)}"#
  }

  @Test(arguments: [
    // reason, message, further status, age, fatal, token
    (
      "ErrImagePull", "manifest for i:1 not found", "", 1, true, "ImageNotFound"
    ),
    ("ErrImagePull", "dial tcp: timeout", "", 60, false, "ImagePull"),
    ("ImagePullBackOff", "Back-off pulling image", "", 130, true, "ImagePull"),
    ("InvalidImageName", "", "", 1, true, "InvalidImageName"),
    ("ErrImageNeverPull", "", "", 1, true, "ErrImageNeverPull"),
    ("CrashLoopBackOff", "", #","restartCount":1"#, 20, false, "CrashLoop"),
    ("CrashLoopBackOff", "", #","restartCount":3"#, 20, true, "CrashLoop"),
    ("CrashLoopBackOff", "", #","restartCount":1"#, 61, true, "CrashLoop"),
    (
      "CrashLoopBackOff", "",
      #","restartCount":3,"lastState":{"terminated":{"reason":"OOMKilled","exitCode":137}}"#,
      20, true, "OutOfMemory"
    ),
    (
      "CreateContainerConfigError", #"configmap \"x\" not found"#, "", 10,
      false, "CreateContainerConfigError"
    ),
    (
      "CreateContainerConfigError", #"configmap \"x\" not found"#, "", 31,
      true, "CreateContainerConfigError"
    ),
    ("RunContainerError", "no such file", "", 1, true, "RunContainerError"),
    (
      "RunContainerError", "blip",
      #","lastState":{"terminated":{"exitCode":128}}"#, 1, false,
      "RunContainerError"
    ),
  ])
  func followsTheTable(
    reason: String, message: String, more: String, age: Int64, isFatal: Bool,
    token: String
  ) throws {
    let json = try pod(
      "p", container: Self.waiting(reason, message, more: more), age: age)
    let summary = try #require(PodSummary(json))
    let doom = try #require(Doom(of: summary, circumstances([json])))
    #expect(doom.isFatal == isFatal)
    #expect(doom.reason == token)
    #expect(doom.container == "c")
  }

  @Test(arguments: ["ContainerCreating", "PodInitializing", ""])
  func isPatientWithBeginnings(reason: String) throws {
    let json = try pod("p", container: Self.waiting(reason), age: 500)
    #expect(
      try trouble(json, circumstances([json])) == nil)
  }

  @Test func waitsForCaches() throws {
    let json = try pod(
      "p",
      container: Self.waiting(
        "CreateContainerConfigError",
        "failed to sync configmap cache: timed out"), age: 500)
    #expect(
      try trouble(json, circumstances([json])) == nil)
  }

  @Test func saysWhatIsMissingAndWhatToDo() throws {
    let json = try pod(
      "p",
      container: Self.waiting(
        "CreateContainerConfigError", #"secret \"n/keys\" not found"#))
    let doom = try #require(
      try trouble(json, circumstances([json])))
    #expect(
      doom.sentence == "container c needs Secret keys, which does not exist")
    #expect(doom.nextStep.kind == .provideObject(kind: "Secret", name: "keys"))
  }

  @Test func hidesTheRegistryAccount() throws {
    let json = try pod(
      "p",
      container: Self.waiting(
        "ErrImagePull", "You have reached your pull rate limit as 'bob': secret"
      ))
    let doom = try #require(
      try trouble(json, circumstances([json])))
    #expect(!doom.sentence.contains("bob"))
    #expect(doom.sentence.contains("pull rate limit"))
  }

  @Test func stripsControlCharacters() throws {
    let json = try pod(
      "p",
      container: Self.waiting("ErrImagePull", #"\u001b[2Jdenied\r\nnow"#))
    let doom = try #require(
      try trouble(json, circumstances([json])))
    #expect(doom.sentence == "image i:1 cannot be pulled: [2Jdenied now")
  }

  @Test func readsTheBackOffsCauseInEvents() throws {
    let json = try pod(
      "p", container: Self.waiting("ImagePullBackOff", "Back-off pulling"))
    let around = circumstances([
      json, try event(about: "p", "Failed", "i:1: manifest unknown"),
    ])
    let doom = try #require(try trouble(json, around))
    #expect(doom.isFatal && doom.reason == "ImageNotFound")
  }

  @Test(arguments: [(10, nil), (20, false), (121, true)] as [(Int64, Bool?)])
  func weighsUnschedulable(age: Int64, isFatal: Bool?) throws {
    let json = try pod(
      "p",
      conditions:
        #"[{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/3 nodes are available","lastTransitionTime":"\#(ago(age))"}]"#,
      node: "", age: age, spec: #"{"nodeSelector":{"role":"control"}}"#)
    let doom = try trouble(json, circumstances([json]))
    #expect(doom?.isFatal == isFatal)
    if let doom {
      #expect(doom.sentence == "no node takes the pod: 0/3 nodes are available")
      #expect(doom.nextStep.text.contains("role=control"))
    }
  }

  @Test func readsMountFailuresFromEvents() throws {
    let json = try pod("p", container: Self.waiting("ContainerCreating"))
    let around = circumstances([
      json,
      try event(
        about: "p", "FailedMount",
        #"MountVolume.SetUp failed for volume "v" : configmap "conf" not found"#
      ),
    ])
    let doom = try #require(try trouble(json, around))
    #expect(
      doom.sentence == "a volume needs ConfigMap conf, which does not exist")
    #expect(!doom.isFatal)
  }

  @Test func forgetsWhatIsOver() throws {
    let running = try pod(
      "p", phase: "Running",
      container:
        #"{"ready":false,"state":{"running":{"startedAt":"\#(ago(5))"}}}"#)
    let around = circumstances([
      running, try event(about: "p", "FailedMount", "configmap not there"),
      try event(about: "p", "FailedScheduling", "no node"),
    ])
    #expect(try trouble(running, around) == nil)
  }

  @Test func quotesAnyLastingFailure() throws {
    let json = try pod("p", container: Self.waiting("ContainerCreating"))
    let around = circumstances([
      json, try event(about: "p", "FailedPreStopHook", "it says no"),
    ])
    let doom = try #require(try trouble(json, around))
    #expect(!doom.isFatal && doom.sentence == "it says no")
    let young = try pod(
      "p", container: Self.waiting("ContainerCreating"), age: 5)
    #expect(
      try trouble(
        young,
        circumstances([
          young, try event(about: "p", "FailedMount", "not yet"),
        ])) == nil)
  }

  @Test func ignoresEventsOfAnEarlierPodOfTheName() throws {
    let json = try pod("p", container: Self.waiting("ContainerCreating"))
    let around = circumstances([
      json, try event(about: "older-p", "FailedMount", "nothing mounts"),
    ])
    #expect(try trouble(json, around) == nil)
  }
}

@Suite struct PodVerdictTests {
  @Test func namesTheProbe() throws {
    let json = try pod(
      "p", phase: "Running",
      container:
        #"{"ready":false,"started":true,"state":{"running":{"startedAt":"\#(ago(90))"}}}"#,
      spec:
        #"{"containers":[{"name":"c","image":"i","readinessProbe":{"httpGet":{"path":"/v3","port":5000}}}]}"#
    )
    let silent = Verdict(of: json, circumstances([json]))
    #expect(
      silent.sentence
        == "waits for the readiness probe of container c (GET :5000/v3)")
    let failing = Verdict(
      of: json,
      circumstances([
        json, try event(about: "p", "Unhealthy", "Readiness probe failed: 503"),
      ]))
    #expect(failing.state == .inProgress)
    #expect(
      failing.sentence
        == "the readiness probe of container c (GET :5000/v3) fails since 90s: 503"
    )
  }

  @Test(arguments: [
    ("Succeeded", Verdict.State.current), ("Failed", .failed),
    ("Pending", .inProgress), ("Unknown", .inProgress),
  ])
  func judgesBarePods(phase: String, state: Verdict.State) throws {
    let json = try pod("p", phase: phase)
    #expect(Verdict(of: json, circumstances([json])).state == state)
  }

  @Test func forgivesEvictionOfManagedPods() throws {
    let json = try pod(
      "p", owner: ("ReplicaSet", "rs"), phase: "Failed",
      status: #"{"reason":"Evicted","message":"low on memory"}"#)
    let verdict = Verdict(of: json, circumstances([json]))
    #expect(verdict == Verdict(.inProgress, "Evicted", "low on memory"))
  }

  @Test func showsInitContainersFirst() throws {
    let json = try pod(
      "p", container: DoomTests.waiting("PodInitializing"),
      spec: #"{"initContainers":[{"name":"sync","image":"i"}]}"#,
      status:
        #"{"initContainerStatuses":[{"name":"sync","restartCount":4,"state":{"waiting":{"reason":"CrashLoopBackOff"}},"lastState":{"terminated":{"exitCode":2}}}]}"#
    )
    let verdict = Verdict(of: json, circumstances([json]))
    #expect(
      verdict.sentence
        == "container sync keeps crashing, exit code 2, 4 restarts")
    #expect(verdict.state == .failed)
  }
}
