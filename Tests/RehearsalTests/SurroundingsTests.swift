// Reading only what is around an object gives the same verdict and diagnosis
// as reading the whole cluster.

import Kubernetes
import Rehearsal
import Testing

@Suite struct SurroundingsTests {
  @Test(arguments: [
    "image:web", "crash:web", "slow:web", "unschedulable:web", "image:db",
    "crash:db", "unschedulable:db", "crash:sync", "image:agent",
  ])
  func sayTheSameAsAll(fault: String) async throws {
    let stage = Stage()
    try await stage.rehearsal.add(Fault(parsing: fault))
    var references = [
      try await stage.deploy(
        "web", replicas: 2,
        container: ["envFrom": [["secretRef": ["name": "late"]]]])
    ]
    var set = Stage.workload("StatefulSet", "db", replicas: 2)
    set.spec["volumeClaimTemplates"] = [
      [
        "metadata": ["name": "data"],
        "spec": [
          "accessModes": ["ReadWriteOnce"],
          "resources": ["requests": ["storage": "1Gi"]],
        ],
      ]
    ]
    let job = KubernetesObject([
      "apiVersion": "batch/v1", "kind": "Job",
      "metadata": ["name": "sync", "namespace": "default"],
      "spec": [
        "template": [
          "spec": [
            "restartPolicy": "Never",
            "containers": [["name": "c", "image": "i:1"]],
          ]
        ]
      ],
    ])
    let service = KubernetesObject([
      "apiVersion": "v1", "kind": "Service",
      "metadata": ["name": "web", "namespace": "default"],
      "spec": ["selector": ["app": "web"], "ports": [["port": 80]]],
    ])
    for object in [
      set, job, service, Stage.workload("DaemonSet", "agent", replicas: nil),
    ] {
      references.append(
        try await stage.rehearsal.apply(object, ApplyOptions()).reference)
    }
    for turn in 0..<12 {
      try await stage.run(for: .seconds(turn < 6 ? 2 : 25))
      if turn == 8 {
        _ = try await stage.rehearsal.create(
          KubernetesObject([
            "apiVersion": "v1", "kind": "Secret",
            "metadata": ["name": "late", "namespace": "default"],
          ]))
      }
      for reference in references {
        let object = try await stage.rehearsal.get(reference)
        let around = Circumstances(
          try await stage.rehearsal.surroundings(of: object),
          now: try await stage.rehearsal.serverTime())
        let whole = try await stage.circumstances()
        #expect(Verdict(of: object, around) == Verdict(of: object, whole))
        let near = Diagnosis(of: reference, around)
        let far = Diagnosis(of: reference, whole)
        #expect(near?.sentence == far?.sentence)
        #expect(near?.nextStep == far?.nextStep)
      }
    }
  }

  @Test func doWithoutWhatIsForbidden() async throws {
    let stage = Stage(
      RehearsalConfiguration(
        denials: [.init(resource: "pods"), .init(resource: "events")]))
    let reference = try await stage.deploy("web")
    let object = try await stage.rehearsal.get(reference)
    let snapshot = try await stage.rehearsal.surroundings(of: object)
    #expect(snapshot.pods.isEmpty)
    #expect(snapshot.objects(.replicaSet).count == 1)
  }

  @Test(arguments: [
    "a=b,c in (d,e),!f,g,h notin (i,j)", "a=",
  ])
  func selectorTextsReadBack(text: String) throws {
    let selector = try LabelSelector(parsing: text)
    #expect(try LabelSelector(parsing: selector.text) == selector)
  }
}
