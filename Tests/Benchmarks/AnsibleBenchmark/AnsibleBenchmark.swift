// Measures the Ansible engine: a cold rendering of roles, one edit to the next
// rendering, and many small tasks. Arguments: the directory of the roles, a
// JSON file of variables, then the roles. Prints one "name milliseconds" a
// line.

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
    var cold: [Double] = []
    for _ in 0..<rounds {
      cold.append(try await timed { try await render(RoleEngine()) })
    }
    report("cold", cold)
    let engine = RoleEngine()
    try await render(engine)
    var warm: [Double] = []
    for round in 0..<rounds * 4 {
      let name = names[names.count - 1]
      warm.append(
        try await timed {
          try await render(
            engine, [name], edit: ["\(name)_replicas": .integer(round % 3 + 1)])
        })
    }
    report("edit", warm)
    var tasks: [Double] = []
    for _ in 0..<rounds {
      tasks.append(try await timed { try await manyTasks() })
    }
    report("tasks", tasks)
  }

  private func timed(_ work: () async throws -> Void) async throws -> Double {
    let clock = ContinuousClock()
    let elapsed = try await clock.measure(work)
    return Double(elapsed.components.attoseconds) / 1e15
      + Double(elapsed.components.seconds) * 1000
  }

  private func report(_ name: String, _ times: [Double]) {
    let sorted = times.sorted()
    let median = (sorted[sorted.count / 2] * 100).rounded() / 100
    print("\(name) \(median)")
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

  /// 500 tasks that set facts and render a template file in turns.
  private func manyTasks() async throws {
    var text = "- hosts: localhost\n  gather_facts: false\n  tasks:\n"
    for number in 0..<250 {
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
    guard rendering.isComplete, rendering.taskCount == 500 else {
      print("the 500 tasks do not run: \(rendering.failures)")
      exit(1)
    }
  }
}
