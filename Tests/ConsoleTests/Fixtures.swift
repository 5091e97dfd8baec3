// A small OpenStack for the console's tests: three services with every kind of
// parameter, and wide characters where operators write them.

import Kubernetes
import Run
import Stack

@testable import Console

enum Fixture {
  static let now = Instant(seconds: 1_780_000_000)

  static let services = [
    Service(
      name: "mariadb", title: "MariaDB", description: "Galera cluster 数据库",
      group: "Infrastructure", components: ["mariadb"]),
    Service(
      name: "memcached", title: "memcached", description: "Cache of tokens",
      group: "Infrastructure", components: ["memcached"]),
    Service(
      name: "keystone", title: "Keystone", description: "Identity service",
      group: "Identity", components: ["keystone"]),
  ]

  private static let control = NodeRole(
    label: "quarterdeck.io/control-plane", value: "enabled")

  static let components = [
    Component(
      name: "mariadb", service: "mariadb", stage: "data", nodeRole: control),
    Component(
      name: "memcached", service: "memcached", stage: "data",
      nodeRole: control),
    Component(
      name: "keystone", service: "keystone", stage: "identity",
      requires: ["mariadb", "memcached"], nodeRole: control),
  ]

  private static func keystone(
    _ name: String, _ type: ParameterType, _ value: JSON?, title: String,
    group: String = "General", limits: ParameterLimits = ParameterLimits(),
    level: Parameter.Level = .basic, description: String = ""
  ) -> Parameter {
    Parameter(
      name: "keystone_" + name, components: ["keystone"], service: "keystone",
      type: type, limits: limits, title: title, description: description,
      group: group, level: level, defaultValue: value)
  }

  static let parameters: [Parameter] = [
    Parameter(
      name: "mariadb_replicas", components: ["mariadb"], service: "mariadb",
      type: .int, limits: ParameterLimits(minimum: 1, maximum: 9, unit: "pods"),
      title: "Galera members", description: "An odd number keeps a quorum.",
      group: "Scale", defaultValue: 3),
    keystone(
      "replicas", .int, 3, title: "API replicas", group: "Scale",
      limits: ParameterLimits(minimum: 1, maximum: 15, unit: "pods"),
      description: "Number of keystone-api pods. Three or more survive the "
        + "loss of a node."),
    keystone(
      "debug", .bool, false, title: "Debug log",
      description: "Whether keystone logs everything."),
    keystone(
      "token_provider", .str, "fernet", title: "Token provider",
      limits: ParameterLimits(choices: ["fernet", "jws"])),
    keystone("region_title", .str, "東京 region", title: "Region's name"),
    keystone(
      "policies", .list(of: .str), ["reader", "member"], title: "Policies"),
    keystone(
      "labels", .dict(options: []), [:], title: "Extra labels"),
    keystone(
      "probe",
      .dict(options: [
        Parameter(
          name: "period", type: .int,
          limits: ParameterLimits(minimum: 1), title: "Period",
          description: "Seconds between two probes."),
        Parameter(name: "path", type: .path, title: "Path"),
      ]), ["period": 10], title: "Probe"),
    keystone(
      "wsgi_threads", .int, 2, title: "WSGI threads", level: .advanced),
    Parameter(
      name: "keystone_admin_password", components: ["keystone"],
      service: "keystone", title: "Admin password", group: "Secrets",
      isRequired: true, isSecret: true,
      generate: GenerateRule(kind: .password)),
    Parameter(
      name: "openstack_region", components: ["keystone", "mariadb"],
      title: "Region", description: "Name of the region.",
      group: "Stack", defaultValue: "RegionOne"),
  ]

  static func contents(
    chosen: [String] = ["mariadb", "memcached", "keystone"],
    values own: [String: JSON] = [
      "keystone_admin_password": "correct horse"
    ],
    isRehearsal: Bool = false
  ) -> StackContents {
    let wanted = Set(chosen)
    let values = parameters.filter { parameter in
      parameter.service.map { wanted.contains($0) } ?? !wanted.isEmpty
    }.map { parameter -> ParameterValue in
      let file = SourceLocation(
        file: parameter.isSecret ? "passwords.yml" : "parameters.yml", line: 3)
      guard let value = own[parameter.name] else {
        let problem = ParameterCheck.problem(with: nil, for: parameter)
        return ParameterValue(
          parameter: parameter, value: parameter.defaultValue,
          origin: parameter.defaultValue == nil ? .missing : .roleDefault,
          problem: problem)
      }
      return ParameterValue(
        parameter: parameter, value: value,
        origin: parameter.isSecret ? .generated(file) : .file(file))
    }
    return StackContents(
      directory: "/srv/lab", name: "lab",
      settings: StackSettings(context: "prod", isRehearsal: isRehearsal),
      services: services, components: components, chosen: chosen,
      values: values, problems: [])
  }

  static let api = ObjectReference(
    .deployment, namespace: "openstack", name: "keystone-api")

  static let test = ObjectReference(
    .job, namespace: "openstack", name: "keystone-test")

  static let plan = Plan(
    number: 7, operation: .deploy, stack: "lab", namespace: "openstack",
    isRehearsal: false, made: now,
    stages: [
      PlanStage(
        name: "data",
        components: [
          PlannedComponent(
            name: "mariadb", service: "mariadb",
            objects: [
              PlannedObject(
                reference: ObjectReference(
                  .statefulSet, namespace: "openstack", name: "mariadb"),
                outcome: .unchanged),
              PlannedObject(
                reference: ObjectReference(
                  .service, namespace: "openstack", name: "mariadb"),
                outcome: .unchanged),
            ])
        ]),
      PlanStage(
        name: "identity",
        components: [
          PlannedComponent(
            name: "keystone", service: "keystone",
            requires: ["mariadb"],
            objects: [
              PlannedObject(
                reference: api, outcome: .change,
                diff: [
                  DiffLine(.hunk, "@@ -3,3 +3,3 @@"),
                  DiffLine(.context, "spec:"),
                  DiffLine(.removed, "  replicas: 3"),
                  DiffLine(.added, "  replicas: 5"),
                ], restarts: 2, origin: "tasks/main.yml:12"),
              PlannedObject(
                reference: ObjectReference(
                  .job, namespace: "openstack", name: "keystone-db-sync"),
                outcome: .create, diff: [DiffLine(.added, "kind: Job")]),
            ],
            tests: [
              PlannedObject(
                reference: ObjectReference(
                  .configMap, namespace: "openstack", name: "keystone-test"),
                outcome: .unchanged),
              PlannedObject(reference: test, outcome: .replace),
            ],
            decidedDuringRun: [
              PlannedNote(
                location: "roles/keystone/tasks/main.yml:40",
                text: "when: keystone_db.resources | length == 0")
            ])
        ]),
    ],
    preflight: [
      PreflightCheck("kubectl", .ok, "v1.30.2 talks to v1.29.3"),
      PreflightCheck("Storage classes", .warn, "no default storage class"),
    ])

  static func snapshot(
    failed: Bool = true, finished: Bool = false, closing: ClosingPage? = nil
  ) -> FollowedRun {
    let started = now - .seconds(134)
    func component(
      _ name: String, _ state: ComponentProgress.State,
      _ sentence: String? = nil
    ) -> ComponentProgress {
      ComponentProgress(
        name: name, service: name, state: state, sentence: sentence,
        written: 4, planned: 4, started: state == .waiting ? nil : started,
        finished: nil)
    }
    let run = RunSnapshot(
      number: 7, operation: .deploy, engine: .quarterdeck, stack: "lab",
      namespace: "openstack", isRehearsal: false, started: started,
      finished: finished ? now : nil,
      state: finished ? .succeeded : .running,
      stages: [
        StageProgress(
          name: "data",
          components: [
            component("mariadb", .done), component("memcached", .done),
          ]),
        StageProgress(
          name: "identity",
          components: [component("keystone", finished ? .done : .running)]),
        StageProgress(
          name: "images",
          components: [
            component(
              "glance", finished ? .done : .waiting,
              finished ? nil : "waits for keystone")
          ]),
      ],
      steps: [
        RunStep(
          id: 1, time: started + .seconds(2), component: "keystone",
          text: "Render keystone.conf", status: .changed)
      ], closing: closing)
    return FollowedRun(
      run: run,
      tree: RolloutTree(components: [
        workload("mariadb", .statefulSet, "mariadb", .current, "3/3"),
        keystone(failed: failed && !finished, done: finished),
      ]))
  }

  private static func workload(
    _ component: String, _ kind: ObjectKind, _ name: String,
    _ state: Verdict.State, _ ready: String
  ) -> RolloutTree.Node {
    RolloutTree.Node(
      subject: .component(component), name: component,
      verdict: Verdict(state, "Current", "3 of 3 ready"), status: "Current",
      ready: RolloutTree.ReadyCount(3, of: 3),
      children: [
        RolloutTree.Node(
          subject: .object(
            ObjectReference(kind, namespace: "openstack", name: name)),
          name: name, verdict: Verdict(state, "Current", "all ready"),
          status: "3 of 3", ready: RolloutTree.ReadyCount(3, of: 3),
          created: now - .seconds(80))
      ])
  }

  private static func pod(
    _ suffix: String, _ verdict: Verdict, _ status: String, ready: Int,
    node: String
  ) -> RolloutTree.Node {
    let name = "keystone-api-7c9d6f7d9-\(suffix)"
    return RolloutTree.Node(
      subject: .object(
        ObjectReference(.pod, namespace: "openstack", name: name)),
      name: name, verdict: verdict, status: status,
      ready: RolloutTree.ReadyCount(ready, of: 1), restarts: 0, node: node,
      created: now - .seconds(58))
  }

  private static func keystone(failed: Bool, done: Bool) -> RolloutTree.Node {
    let good = Verdict(.current, "Running", "is ready")
    let sentence =
      "image quay.io/openstack.kolla/keystone:2025.2-typo does not exist "
      + "(ctl-2, 58s)"
    let verdict =
      failed
      ? Verdict(.failed, "ImagePull", sentence)
      : done
        ? good : Verdict(.inProgress, "Updating", "1 of 3 pods are ready")
    return RolloutTree.Node(
      subject: .component("keystone"), name: "keystone", verdict: verdict,
      status: verdict.reason,
      ready: RolloutTree.ReadyCount(done ? 3 : 1, of: 3),
      children: [
        RolloutTree.Node(
          subject: .object(api), name: "keystone-api", verdict: verdict,
          status: failed ? "updating 3→3" : verdict.reason,
          ready: RolloutTree.ReadyCount(done ? 3 : 1, of: 3),
          created: now - .seconds(62),
          children: [
            pod("p9qwz", good, "Running", ready: 1, node: "ctl-1"),
            pod(
              "x2kqp", verdict, failed ? "ErrImagePull" : "Running",
              ready: failed ? 0 : 1, node: "ctl-2"),
          ]),
        RolloutTree.Node(
          subject: .object(
            ObjectReference(
              .job, namespace: "openstack", name: "keystone-db-sync")),
          name: "keystone-db-sync", verdict: good, status: "Complete",
          ready: RolloutTree.ReadyCount(1, of: 1), created: now - .seconds(41)),
      ])
  }

  static let closing = ClosingPage(
    endpoints: [
      ReachableEndpoint(
        component: "keystone", name: "public",
        url: "http://192.0.2.10:5000/v3", how: "load balancer")
    ], cloudsFile: "clouds:\n  quarterdeck:\n    password: top-secret\n")
}
