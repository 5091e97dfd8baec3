// Measures the Ansible engine: a cold rendering of roles, one edit to the next
// rendering, and many small tasks. Arguments: the directory of the roles, a
// JSON file of variables, then the roles. Prints one "name milliseconds" a
// line; QUARTERDECK_BENCHMARK narrows it to one of them, for a profiler.

import Ansible
import AnsibleKubernetes
import Glibc
import Jinja
import Kubernetes

/// Runs the measurements.
@main struct AnsibleBenchmark {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count > 3 else {
      print("usage: AnsibleBenchmark ROLES VARIABLES.json ROLE...")
      exit(2)
    }
    let variables =
      try JSON(
        parsing: try DiskSources().read(arguments[2])
      ).object ?? [:]
    let bench = Bench(
      roles: arguments[1], variables: variables,
      names: Array(arguments.dropFirst(3)))
    try await bench.run()
  }
}

private struct Bench {
  let roles: String
  let variables: [String: JSON]
  let names: [String]
  let rounds = 15

  func run() async throws {
    let only = getenv("QUARTERDECK_BENCHMARK").map { String(cString: $0) }
    func measures(_ name: String) -> Bool { only == nil || only == name }
    if measures("cold") {
      try await measure("cold", rounds) { _ in try await render(RoleEngine()) }
    }
    if measures("edit") {
      let engine = RoleEngine()
      let name = names[names.count - 1]
      try await render(engine)
      try await measure("edit", rounds * 4) { round in
        try await render(
          engine, [name], edit: ["\(name)_replicas": .integer(round % 3 + 1)])
      }
    }
    // Four times the tasks, each of which leaves a variable behind: where a
    // task costs no more with more variables, it takes four times as long.
    for (name, count) in [("tasks", 500), ("manytasks", 2000)]
    where measures(name) {
      try await measure(name, rounds) { _ in try await runTasks(count) }
    }
  }

  private func measure(
    _ name: String, _ rounds: Int, _ work: (Int) async throws -> Void
  ) async throws {
    var times: [Double] = []
    for round in 0..<rounds {
      times.append(try await timed { try await work(round) })
    }
    let sorted = times.sorted()
    let median = (sorted[sorted.count / 2] * 100).rounded() / 100
    print("\(name) \(median)")
  }

  private func timed(_ work: () async throws -> Void) async throws -> Double {
    let clock = ContinuousClock()
    let elapsed = try await clock.measure(work)
    return Double(elapsed.components.attoseconds) / 1e15
      + Double(elapsed.components.seconds) * 1000
  }

  private func render(
    _ engine: RoleEngine, _ chosen: [String]? = nil, edit: [String: JSON] = [:]
  ) async throws {
    let project = Project(
      directory: "/nonexistent",
      rolePath: RolePath(project: "/nonexistent", roots: [roles]))
    for name in chosen ?? names {
      var job = RoleJob(.role(name, entryPoint: "main"), in: project)
      job.extraVariables = variables.merging(edit) { $1 }
      let rendering = await engine.render(
        job,
        over: EmptyCluster(
          serving: Discovery([]),
          version: ClusterVersion(major: 1, minor: 29, gitVersion: "v1.29.0"),
          now: Instant(seconds: 1_750_000_000)))
      guard rendering.isComplete, !rendering.writes.isEmpty else {
        let why =
          rendering.failures.map(\.description)
          + rendering.refusals.map(\.description)
        print("\(name) does not render: \(why)")
        exit(1)
      }
    }
  }

  /// Tasks that set facts and render a template file in turns.
  private func runTasks(_ count: Int) async throws {
    var text = "- hosts: localhost\n  gather_facts: false\n  tasks:\n"
    for number in 0..<count / 2 {
      text += """
            - set_fact: {fact_\(number): "{{ base }}-\(number)"}
            - template: {src: t.j2, dest: /tmp/quarterdeck-none-\(number)}

        """
    }
    let sources = MemorySources([
      "/p/site.yml": text, "/p/group_vars/all.yml": "base: b\n",
      "/p/templates/t.j2": "{% for n in range(20) %}\n{{ base }} {{ n }}\n"
        + "{% endfor %}\n",
    ])
    let engine = RoleEngine(files: sources)
    let project = Project(
      directory: "/p", rolePath: RolePath(project: "/p"))
    let rendering = await engine.render(
      RoleJob(.playbook("/p/site.yml"), in: project),
      over: EmptyCluster(
        serving: Discovery([]),
        version: ClusterVersion(major: 1, minor: 29, gitVersion: "v1.29.0"),
        now: Instant(seconds: 1_750_000_000)))
    guard rendering.isComplete, rendering.taskCount == count else {
      print("the \(count) tasks do not run: \(rendering.failures)")
      exit(1)
    }
  }
}
