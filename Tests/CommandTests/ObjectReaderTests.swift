// An open object: what its page is told while the object changes.

import Kubernetes
import Platform
import Rehearsal
import Testing

@testable import Console
@testable import quarterdeck

@Suite struct ObjectReaderTests {
  private let time = HandTurnedTime()

  private var web: KubernetesObject {
    KubernetesObject([
      "apiVersion": "apps/v1", "kind": "Deployment",
      "metadata": ["name": "web", "namespace": "default"],
      "spec": [
        "replicas": 2,
        "selector": ["matchLabels": ["app": "web"]],
        "template": [
          "metadata": ["labels": ["app": "web"]],
          "spec": ["containers": [["name": "web", "image": "web:1"]]],
        ],
      ],
    ])
  }

  /// Of a workload one wants to know why its pods do not start, too.
  @Test func eventsOfWhatIsBelowAreThere() async throws {
    let cluster = Rehearsal(clock: .following(time))
    try await cluster.add(try Fault(parsing: "image:web"))
    let reference = try await cluster.apply(web, ApplyOptions()).reference
    time.advance(by: .seconds(30))
    let details = try await ObjectReader(cluster).details(of: reference)
    #expect(details.pods.count == 2)
    #expect(details.verdict.state == .failed)
    #expect(
      details.events.contains {
        $0.reason == "ScalingReplicaSet" && $0.below == nil
      })
    let pods = Set(details.pods.map(\.pod))
    #expect(
      details.events.contains {
        $0.isWarning && $0.below.map(pods.contains) == true
      })
  }

  /// The page is told anew what has changed, and only then.
  @Test func theObjectIsFollowed() async throws {
    let cluster = Rehearsal(clock: .following(time))
    let reference = try await cluster.apply(web, ApplyOptions()).reference
    let turning = Task {
      while !Task.isCancelled {
        try await Task.sleep(for: .milliseconds(2))
        time.advance(by: .milliseconds(500))
      }
    }
    defer { turning.cancel() }
    var states: [Verdict.State] = []
    var last: ObjectDetails?
    for try await details in ObjectReader(cluster).follow(
      reference, time: time)
    {
      #expect(details != last)
      last = details
      states.append(details.verdict.state)
      if details.verdict.state == .current { break }
    }
    #expect(states.first == .inProgress)
    #expect(states.last == .current)
    #expect(last?.yaml.contains("readyReplicas: 2") == true)
  }
}
