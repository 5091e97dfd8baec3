// What a recorder says that a write would leave agrees with what the server
// leaves, where it claims to know.

import Kubernetes
import Rehearsal
import Testing

/// Chance that is the same for the same seed, so that a failure can be repeated.
private struct Dice: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ (state >> 29)
  }
}

@Suite struct RecorderAgreementTests {
  /// A change of a Deployment's manifest, made by chance.
  static func mutated(
    _ object: KubernetesObject, _ random: inout some RandomNumberGenerator
  ) -> KubernetesObject {
    var object = object
    let names = ["A", "B", "C", "D"].shuffled(using: &random)
    let count = Int.random(in: 0...4, using: &random)
    let env: [JSON] = names.prefix(count).map {
      [
        "name": .string($0),
        "value": .string(String(Int.random(in: 1...3, using: &random))),
      ]
    }
    var main: JSON = ["name": "c", "image": "img:1"]
    if !env.isEmpty { main["env"] = .array(env) }
    if Bool.random(using: &random) { main["command"] = ["a", "b"] }
    var containers: [JSON] = [main]
    if Bool.random(using: &random) {
      containers.append(["name": "side", "image": "s:1"])
    }
    object.spec.set(.array(containers), at: "template", "spec", "containers")
    object.spec["replicas"] =
      Bool.random(using: &random)
      ? .integer(Int.random(in: 0...2, using: &random)) : nil
    object.labels =
      Bool.random(using: &random) ? ["tier": "x", "more": "y"] : [:]
    return object
  }

  @Test(arguments: 0..<40)
  func appliesAsTheServer(round: Int) async throws {
    var random = Dice(state: UInt64(round) &* 7_919 &+ 1)
    let stage = Stage()
    var live = Stage.workload("Deployment", "web")
    let managers = ["quarterdeck", "other"]
    for step in 0..<6 {
      live = Self.mutated(Stage.workload("Deployment", "web"), &random)
      let options = ApplyOptions(
        fieldManager: managers[step % 2], force: true)
      let recorder = Recorder(over: stage.rehearsal)
      let told = try await recorder.apply(live, options)
      let dry = try await stage.rehearsal.apply(
        live,
        ApplyOptions(
          dryRun: true, fieldManager: options.fieldManager, force: true))
      let real = try await stage.rehearsal.apply(live, options)
      #expect(dry.spec == real.spec && dry.labels == real.labels)
      // The server adds defaults; all that the recorder says must be there.
      let missing = Self.missing(of: told.spec, in: real.spec, "spec")
      #expect(missing.isEmpty, "step \(step): \(missing)")
      #expect(told.labels == real.labels)
      #expect(
        Set(told.managedFields.map { $0["manager"]?.string })
          == Set(
            real.managedFields.map { $0["manager"]?.string }))
      if step % 3 == 2 {
        try await stage.run(for: .seconds(5))
        _ = try await stage.rehearsal.patch(
          real.reference, .merge(["spec": ["replicas": 2]]),
          WriteOptions(fieldManager: "scaler"))
      }
    }
  }

  /// The paths of what one value has and another lacks.
  static func missing(of part: JSON, in whole: JSON?, _ path: String)
    -> [String]
  {
    switch (part, whole) {
    case (.object(let left), .object(let right)):
      return left.flatMap {
        missing(of: $0.value, in: right[$0.key], "\(path).\($0.key)")
      }
    case (.array(let left), .array(let right)) where left.count == right.count:
      return zip(left, right).enumerated().flatMap {
        missing(of: $0.element.0, in: $0.element.1, "\(path)[\($0.offset)]")
      }
    default:
      return part == whole
        ? [] : ["\(path): \(part) is \(whole?.text() ?? "absent")"]
    }
  }
}
