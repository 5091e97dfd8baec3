// `validate` of the k8s module: what kubernetes-validate says of objects, and
// what this engine says by the schemas of a real API server.

import Ansible
import ControlPlane
import Foundation
import Kubectl
import Kubernetes
import Oracle
import Synchronization
import Testing

@testable import AnsibleKubernetes

@Suite("Schemas of an API server", .needsControlPlane)
struct SchemaJudgeTests {
  @Test("the same objects are wrong")
  func verdicts() async throws {
    let plane = try await ControlPlane.shared()
    let cluster = Kubectl(
      KubectlOptions(kubeconfig: plane.admin),
      deadlines: CallDeadlines(read: .seconds(180), write: .seconds(180)))
    let judge = try Oracle(
      venv: "kubernetes-validate", script: "ansible/validate.py")
    let objects = try Self.objects()
    let answer = try JSON(
      parsing: try judge.ask(
        Data(
          JSON.object([
            "version": .string(try await cluster.version().gitVersion),
            "objects": .array(objects),
          ]).text().utf8)))
    var verdicts: Set<String> = []
    for (object, expected) in zip(objects, answer.array ?? []) {
      let object = KubernetesObject(object)
      let document = try await cluster.openAPI(of: object.apiVersion)
      let schemas = document.flatMap { ObjectSchemas(openAPI: $0) }
      for (index, isStrict) in [false, true].enumerated() {
        let faults = schemas?.faults(in: object, isStrict: isStrict)
        let verdict = faults.map { $0.isEmpty ? "ok" : "error" } ?? "unknown"
        #expect(
          verdict == expected[index]?.string,
          "\(object.json.text()) strict \(isStrict): \(faults ?? [])")
        verdicts.insert(verdict)
      }
    }
    await cluster.close()
    #expect(answer.array?.count == objects.count)
    #expect(verdicts == ["ok", "error", "unknown"])
  }

  @Test("a task fails, warns or passes as it asks")
  func tasks() async throws {
    let plane = try await ControlPlane.shared()
    let cluster = Kubectl(
      KubectlOptions(kubeconfig: plane.admin),
      deadlines: CallDeadlines(read: .seconds(180), write: .seconds(180)))
    let object = "apiVersion: v1, kind: ConfigMap, metadata: {name: "
    let files = MemorySources([
      "/p/site.yml": """
      - hosts: localhost
        gather_facts: false
        tasks:
          - kubernetes.core.k8s: {definition: {apiVersion: v1, kind: Namespace, metadata: {name: validated}}}
          - kubernetes.core.k8s: {namespace: validated, definition: {\(object)good}, data: {a: b}}, validate: {fail_on_error: true}}
          - kubernetes.core.k8s: {namespace: validated, definition: {\(object)odd}, data: {a: b}, other: 1}, validate: {fail_on_error: true}}
            ignore_errors: true
          - kubernetes.core.k8s: {namespace: validated, definition: {\(object)odd}, data: {a: b}, other: 1}, validate: {fail_on_error: true, strict: false}}
          - kubernetes.core.k8s: {namespace: validated, definition: {\(object)odder}, data: {a: b}, other: 1}, validate: {fail_on_error: false}}
            register: told
          - ansible.builtin.debug: {msg: "{{ told.warnings }}"}
          - kubernetes.core.k8s: {namespace: validated, definition: {\(object)none}}, validate: {version: "1.99"}}
            ignore_errors: true
      """
    ])
    let events = Mutex<[String]>([])
    let hooks = RunHooks(event: { event in
      guard case .taskEnded(let outcome) = event.kind else { return }
      events.withLock { $0.append("\(outcome.rawValue) \(event.message)") }
    })
    await #expect(throws: Refusal.self) {
      _ = try await RoleEngine(files: files).run(
        RoleJob(
          .playbook("/p/site.yml"),
          in: Project(directory: "/p", rolePath: RolePath(project: "/p"))),
        on: cluster, hooks: hooks)
    }
    await cluster.close()
    let odd = "validation error at : Additional properties are not allowed "
    let expected: [String] = [
      "changed ", "changed ",
      "ignored ConfigMap odd: resource definition \(odd)('other' was "
        + "unexpected)",
      "changed ", "changed ",
      "ok [\"ConfigMap odder: resource definition \(odd)('other' was "
        + "unexpected)\"]",
    ]
    let ended = events.withLock { $0 }
    #expect(ended == expected)
  }

  private static func objects() throws -> [JSON] {
    func map(_ more: String) -> String {
      #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"#
        + more + "}"
    }
    func deployment(_ spec: String, _ container: String) -> String {
      #"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"#
        + #""spec":{"# + spec
        + #""selector":{},"template":{"metadata":{"labels":{"a":"b"}},"#
        + #""spec":{"containers":[{"name":"c","# + container + "}]}}}}"
    }
    let texts = [
      map(#""data":{"a":"b"}"#), map(#""data":{"a":1}"#),
      map(#""data":{"a":null}"#), map(#""data":null"#), map(#""data":[]"#),
      map(#""immutable":"true""#), map(#""immutable":true"#),
      map(#""unknown":true"#), map(#""binaryData":{"a":"!"}"#),
      #"{"apiVersion":"v1","kind":"ConfigMap"}"#,
      #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":1}}"#,
      #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"labels":{"a":true}}}"#,
      #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"nmae":"a"}}"#,
      deployment("", #""image":"i""#), deployment(#""replicas":2,"#, #""x":1"#),
      deployment(#""replicas":"2","#, #""image":"i""#),
      deployment(#""replicas":2.0,"#, #""image":"i""#),
      deployment(#""replicas":2.5,"#, #""image":"i""#),
      deployment(#""replicas":true,"#, #""image":"i""#),
      deployment("", #""ports":[{"containerPort":"80"}]"#),
      deployment("", #""ports":[{"name":"x"}]"#),
      deployment("", #""ports":{"containerPort":80}"#),
      deployment("", #""resources":{"limits":{"cpu":1,"memory":"1Gi"}}"#),
      deployment("", #""resources":{"limits":{"cpu":1.5}}"#),
      deployment("", #""resources":{"limits":{"cpu":true}}"#),
      deployment("", #""livenessProbe":{"httpGet":{"port":"http"}}"#),
      deployment("", #""livenessProbe":{"httpGet":{"port":80}}"#),
      deployment("", #""livenessProbe":{"httpGet":{"port":[80]}}"#),
      deployment("", #""livenessProbe":{"httpGet":{}}"#),
      deployment("", #""env":[{"value":"v"}]"#),
      deployment("", #""env":[{"name":"n","value":1}]"#),
      #"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"replicas":1}}"#,
      #"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"}}"#,
      #"{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"ports":[{"port":80,"targetPort":"web"}]}}"#,
      #"{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"ports":[{"targetPort":1.5}]}}"#,
      #"{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"a"},"rules":[{"verbs":["get"]}]}"#,
      #"{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"a"},"rules":[{"apiGroups":[""]}]}"#,
      #"{"apiVersion":"networking.k8s.io/v1","kind":"Ingress","metadata":{"name":"a"},"spec":{"rules":[{"http":{"paths":[{"path":"/"}]}}]}}"#,
      #"{"apiVersion":"example.com/v1","kind":"Other","metadata":{"name":"a"},"spec":{"x":1}}"#,
      #"{"apiVersion":"v1","kind":"Zz","metadata":{"name":"a"}}"#,
      #"{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"a"},"spec":{"group":"g","names":{"kind":"K","plural":"ks"},"scope":"Namespaced","versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","default":{"a":1},"enum":[1,"b"]}}}]}}"#,
    ]
    return try texts.map { try JSON(parsing: $0) }
  }
}
