// Summaries scanned from bytes are those of the whole JSON, for objects as API
// servers write them and for ones that nobody would.

import Testing

@testable import Kubernetes

@Suite struct ScannerTests {
  private static let kinds: [ObjectKind] = [
    .pod, .event, ObjectKind(apiVersion: "events.k8s.io/v1", kind: "Event"),
    .deployment, .configMap, .secret,
  ]

  /// Scans an object, and reads it whole; both must say the same.
  private func compare(_ text: String, _ kind: ObjectKind) throws {
    var json = try JSON(parsing: text)
    json["apiVersion"] = .string(kind.apiVersion)
    json["kind"] = .string(kind.kind)
    let object = KubernetesObject(json)
    let scanned = try SummaryScanner(kind).scan(text)
    #expect(scanned.summary == ObjectSummary(object), "\(text)")
    #expect(scanned.resourceVersion == object.resourceVersion)
  }

  @Test func podsAsServersWriteThem() throws {
    try compare(Self.wholePod, .pod)
    let scanned = try SummaryScanner(.pod).scan(Self.wholePod)
    guard case .pod(let pod)? = scanned.summary else {
      Issue.record("no pod")
      return
    }
    #expect(pod.name == "keystone-api-6f7d9-x2kqp")
    #expect(pod.owner?.name == "keystone-api-6f7d9")
    #expect(pod.containers.map(\.name) == ["init", "proxy", "api"])
    #expect(pod.containers[1].role == .sidecar)
    #expect(pod.containers[2].readinessProbe?.text == "GET :5000/v3")
    #expect(pod.containers[2].lastTermination?.exitCode == 137)
    #expect(pod.claims == ["data-0"])
    #expect(pod.created == Instant("2025-11-02T10:00:00Z"))
  }

  @Test func otherObjectsLoseWhatNoVerdictReads() throws {
    let text = """
      {"metadata":{"name":"c","namespace":"n","uid":"u","managedFields":[{}],
       "annotations":{"a":"b",
        "kubectl.kubernetes.io/last-applied-configuration":"{}"}},
       "data":{"key":"\(String(repeating: "x", count: 4096))"}}
      """
    for kind in Self.kinds { try compare(text, kind) }
    let scanned = try SummaryScanner(.configMap).scan(text)
    guard case .other(let object)? = scanned.summary else {
      Issue.record("no object")
      return
    }
    #expect(
      object.json == [
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": [
          "name": "c", "namespace": "n", "uid": "u", "annotations": ["a": "b"],
        ],
      ])
  }

  @Test(arguments: [
    // Of a member that occurs twice the last one counts, with all below it.
    #"{"metadata":{"uid":"a","name":"x","labels":{"a":"b"}},"#
      + #""metadata":{"uid":"b"}}"#,
    #"{"metadata":{"uid":"a","uid":5}}"#,
    #"{"metadata":{"uid":"a"},"metadata":7}"#,
    #"{"metadata":{"uid":"a","labels":{"k":"v","k":1,"l":"m","l":"n"}}}"#,
    #"{"metadata":{"uid":"a"},"status":{"conditions":[{"type":"Ready","#
      + #""status":"True"},{"type":"Ready","status":"False"}],"#
      + #""conditions":[{"type":"Ready"}]}}"#,
    #"{"metadata":{"uid":"a"},"spec":{"containers":[{"name":"c"}]},"status":"#
      + #"{"containerStatuses":[{"name":"c","ready":true},{"name":"c"}]}}"#,
    // Names and values with escapes.
    #"{"m\u0065tadata":{"u\u0069d":"\u0061\n\"\\","name":"\ud83d\ude00"}}"#,
    #"{"metadata":{"uid":"\ud800","name":"\u00e9\/"}}"#,
    // Brackets and quotes inside strings.
    #"{"metadata":{"uid":"a","x":"}]{[\"","name":"b"},"y":["\\",{"z":"]"}]}"#,
    // Other types than expected.
    #"{"metadata":{"uid":"a","labels":[],"ownerReferences":{},"name":null,"#
      + #""creationTimestamp":1,"deletionTimestamp":"soon"},"spec":[],"#
      + #""status":null}"#,
    #"{"metadata":{"uid":"a","ownerReferences":[1,{"kind":"K","name":"n","#
      + #""uid":"u"},{"kind":"K","name":"n","uid":"u","controller":true},"#
      + #"{"kind":"L","name":"n","uid":"v","controller":true}]}}"#,
    #"{"metadata":{"uid":"a"},"spec":{"containers":[1,null,{"name":2}]},"#
      + #""status":{"containerStatuses":[{"name":"","restartCount":2.0},"#
      + #"{"restartCount":"x"}]}}"#,
    #"{"metadata":{"uid":"a"},"spec":{"containers":[{"name":"c"}]},"status":"#
      + #"{"containerStatuses":[{"name":"c","state":{"waiting":null,"#
      + #""running":{}},"lastState":{"terminated":null}}]}}"#,
    #"{"metadata":{"uid":"a"},"spec":{"containers":[{"name":"c","livenessProbe":"#
      + #"{"exec":{"command":["a",1,"b"]},"periodSeconds":1e1},"startupProbe":"#
      + #"{"grpc":{"port":{}}},"readinessProbe":{"periodSeconds":3}}]}}"#,
    #"{"involvedObject":null,"regarding":{"uid":"x"},"metadata":{}}"#,
    #"{"regarding":{"uid":"x","kind":"Pod"},"note":"n","message":3,"#
      + #""series":{"count":4,"lastObservedTime":"2025-11-02T10:00:00.5Z"},"#
      + #""metadata":{"uid":"e","namespace":"","name":"e"}}"#,
    #"{"involvedObject":{"uid":"x"},"type":"Warning","reason":"R","#
      + #""message":"m\u0007","count":3,"lastTimestamp":null,"#
      + #""eventTime":"2025-11-02T11:00:00+01:00"}"#,
    "{}", " { } ", #"{"metadata":{}}"#,
  ])
  func hostileObjects(_ text: String) throws {
    for kind in Self.kinds { try compare(text, kind) }
  }

  /// Objects thrown together from the names and values that summaries read.
  @Test func randomObjects() throws {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<3_000 {
      var text = ""
      Self.add(to: &text, depth: 0, &random)
      try compare(text, Self.kinds.randomElement(using: &random) ?? .pod)
    }
  }

  /// Whatever a text is cut to is refused, not read as something else.
  @Test func truncatedTexts() throws {
    let bytes = Array(Self.wholePod.utf8)
    for kind in [ObjectKind.pod, .event, .deployment] {
      for count in 0..<bytes.count - 1 {
        #expect(throws: JSONError.self) {
          try bytes[..<count].withContiguousStorageIfAvailable {
            try SummaryScanner(kind).summary(of: $0)
          }
        }
      }
    }
  }

  @Test func bytesThatAreNoObject() {
    let scanner = SummaryScanner(.pod)
    for text in ["", "}", "[", "{\"a\"}", "{1}", "{} x", "{\"a\":}", "\"\\"] {
      #expect(throws: JSONError.self, "\(text)") { try scanner.scan(text) }
    }
    // Not the parser's depth, but no crash either.
    let nest = String(repeating: "[", count: 100_000)
    #expect(throws: JSONError.self) {
      try scanner.scan("{\"a\":\(nest)")
    }
  }

  @Test func linesOfAWatch() throws {
    let scanner = SummaryScanner(.pod)
    let pod = #"{"metadata":{"uid":"u","name":"p","resourceVersion":"7"}}"#
    for line in [
      #"{"type":"ADDED","object":\#(pod)}"#,
      #"{"object":\#(pod),"type":"MODIFIED"}"#,
      #"{"type":"X","object":5,"object":\#(pod),"type":"ADDED","y":[]}"#,
    ] {
      let event = try scanner.event(line)
      #expect(event.resourceVersion == "7")
      guard case .changed(let summary) = event.event else {
        Issue.record("\(line)")
        continue
      }
      #expect(summary.reference.name == "p")
    }
    let gone = try scanner.event(#"{"type":"DELETED","object":\#(pod)}"#)
    #expect(gone.event == .deleted(ObjectReference(.pod, name: "p")))
    #expect(gone.resourceVersion == "7")
    let mark = try scanner.event(
      #"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9"}}}"#)
    #expect(mark == VersionedEvent(.bookmark, resourceVersion: "9"))
    do {
      _ = try scanner.event(
        #"{"type":"ERROR","object":{"kind":"Status","code":410,"#
          + #""reason":"Expired","message":"too old"}}"#)
      Issue.record("no error")
    } catch let error as ClusterError {
      #expect(error.isGone)
    }
    for line in ["[]", "{}", #"{"type":"LATER","object":{}}"#] {
      #expect(throws: ClusterError.self) { try scanner.event(line) }
    }
  }

  @Test func sharedTextsStayWhatTheyAre() {
    let pool = TextPool()
    for round in 0..<3 {
      for number in 0..<5_000 {
        let text = "a text of some length \(number % 700)/\(round)"
        #expect(pool.text(text) == text)
      }
    }
    #expect(pool.text("short") == "short")
  }
}

extension SummaryScanner {
  fileprivate func scan(
    _ text: String
  ) throws -> (summary: ObjectSummary?, resourceVersion: String?) {
    try Array(text.utf8).withUnsafeBufferPointer { try summary(of: $0) }
  }

  fileprivate func event(_ line: String) throws -> VersionedEvent {
    try Array(line.utf8).withUnsafeBufferPointer { try event(of: $0) }
  }
}

// MARK: Samples

extension ScannerTests {
  /// Names that summaries read, and some that they do not.
  private static let names = [
    "metadata", "spec", "status", "name", "namespace", "uid", "labels",
    "ownerReferences", "controller", "kind", "creationTimestamp",
    "resourceVersion", "containers", "initContainers", "containerStatuses",
    "initContainerStatuses", "state", "lastState", "waiting", "running",
    "terminated", "reason", "message", "exitCode", "conditions", "type",
    "nodeSelector", "volumes", "persistentVolumeClaim", "claimName",
    "resources", "limits", "memory", "readinessProbe", "httpGet", "port",
    "path", "exec", "command", "periodSeconds", "phase", "nodeName", "ready",
    "restartCount", "restartPolicy", "involvedObject", "regarding", "series",
    "count", "note", "eventTime", "data", "annotations", "managedFields",
    "n\\u0061me", "other",
  ]

  private static let scalars = [
    "true", "false", "null", "0", "7", "-3", "2.0", "1e2", "12345678901234567",
    #""a""#, #""""#, #""Ready""#, #""Always""#, #""Warning""#,
    #""2025-11-02T10:00:00Z""#, #""2025-11-02T10:00:00.25+02:00""#,
    #""quay.io/openstack.kolla/keystone:2025.2""#, #""\u00e9\n\"}""#,
  ]

  private static func add(
    to text: inout String, depth: Int,
    _ random: inout SystemRandomNumberGenerator
  ) {
    let space = ["", "", " ", "\n\t"].randomElement(using: &random) ?? ""
    let choice = depth == 0 ? 0 : Int.random(in: 0..<8, using: &random)
    if depth < 6, choice < 4 {
      text += "{" + space
      for index in 0..<Int.random(in: 0..<7, using: &random) {
        if index > 0 { text += "," + space }
        text += "\"\(names.randomElement(using: &random) ?? "")\"\(space):"
        text += space
        add(to: &text, depth: depth + 1, &random)
      }
      text += space + "}"
    } else if depth < 6, choice < 6 {
      text += "["
      for index in 0..<Int.random(in: 0..<4, using: &random) {
        if index > 0 { text += space + "," }
        add(to: &text, depth: depth + 1, &random)
      }
      text += "]"
    } else {
      text += scalars.randomElement(using: &random) ?? "1"
    }
  }

  private static let wholePod = #"""
    {"metadata":{"name":"keystone-api-6f7d9-x2kqp","generateName":"k-",
    "namespace":"openstack","uid":"0b8bd9a0-1f0f-4b7a-9d3c-9b6b1b6d7d10",
    "resourceVersion":"12345","creationTimestamp":"2025-11-02T10:00:00Z",
    "labels":{"app.kubernetes.io/name":"keystone",
    "pod-template-hash":"6f7d9"},"ownerReferences":[{"apiVersion":"apps/v1",
    "kind":"ReplicaSet","name":"keystone-api-6f7d9","uid":"rs-uid",
    "controller":true,"blockOwnerDeletion":true}],"managedFields":[{"manager":
    "kubelet","fieldsV1":{"f:metadata":{".":{},"k:{\"uid\":\"x\"}":{}}}}]},
    "spec":{"volumes":[{"name":"d","persistentVolumeClaim":
    {"claimName":"data-0"}},{"name":"c","configMap":{"name":"k"}}],
    "initContainers":[{"name":"init","image":"i:1"},{"name":"proxy",
    "image":"p:1","restartPolicy":"Always"}],"containers":[{"name":"api",
    "image":"quay.io/openstack.kolla/keystone:2025.2","env":[{"name":"A",
    "value":"[{\"}"}],"resources":{"limits":{"memory":"1Gi","cpu":"1"}},
    "readinessProbe":{"httpGet":{"path":"/v3","port":5000,"scheme":"HTTP"},
    "timeoutSeconds":5,"periodSeconds":10,"successThreshold":1,
    "failureThreshold":3},"livenessProbe":{"tcpSocket":{"port":"api"}}}],
    "nodeName":"ctl-1","nodeSelector":{"a":"b"},"restartPolicy":"Always"},
    "status":{"phase":"Running","startTime":"2025-11-02T10:00:01Z",
    "conditions":[{"type":"Initialized","status":"True",
    "lastTransitionTime":"2025-11-02T10:00:03Z"},{"type":"Ready",
    "status":"False","reason":"ContainersNotReady","message":"api is not",
    "lastProbeTime":null},{"type":"PodScheduled","status":"True"}],
    "initContainerStatuses":[{"name":"init","state":{"terminated":
    {"exitCode":0,"reason":"Completed","finishedAt":"2025-11-02T10:00:03Z"}},
    "ready":true,"restartCount":0},{"name":"proxy","started":true,
    "ready":true,"restartCount":1,"state":{"running":
    {"startedAt":"2025-11-02T10:00:04Z"}}}],
    "containerStatuses":[{"name":"api","state":{"waiting":{"reason":
    "CrashLoopBackOff","message":"back-off 40s"}},"lastState":{"terminated":
    {"exitCode":137,"signal":9,"reason":"OOMKilled","message":"",
    "finishedAt":"2025-11-02T10:01:00Z"}},"ready":false,"restartCount":4,
    "started":false}]}}
    """#
}
