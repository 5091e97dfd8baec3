// What a rendering tells beside its writes: what is unknown, what is secret,
// what would happen on this machine, and what is not supported.

import Ansible
import Foundation
import Kubernetes
import Rehearsal
import Synchronization
import Testing

@testable import AnsibleKubernetes

@Suite("Previews")
struct PreviewTests {
  private func render(
    _ playbook: String, files: [String: String] = [:],
    over objects: [KubernetesObject] = []
  ) async -> RoleRendering {
    var all = files
    all["/p/site.yml"] = playbook
    let engine = RoleEngine(files: MemorySources(all))
    return await engine.render(
      RoleJob(
        .playbook("/p/site.yml"),
        in: Project(directory: "/p", rolePath: RolePath(project: "/p"))),
      over: FixtureCluster(objects))
  }

  private func play(_ tasks: String) -> String {
    "- hosts: localhost\n  gather_facts: false\n  tasks:\n" + tasks
  }

  @Test("what only the run's own writes answer is unknown, and no more")
  func unknown() async throws {
    let rendering = await render(
      play(
        """
            - kubernetes.core.k8s:
                apply: true
                server_side_apply: {field_manager: m}
                definition:
                  apiVersion: v1
                  kind: ConfigMap
                  metadata: {name: a, namespace: n}
                  data: {k: v}
              register: made
            - kubernetes.core.k8s:
                apply: true
                server_side_apply: {field_manager: m}
                definition:
                  apiVersion: v1
                  kind: ConfigMap
                  metadata: {name: "{{ made.result.metadata.name }}-b", namespace: n}
                  data: {uid: "uid {{ made.result.metadata.uid }}"}
            - ansible.builtin.debug: {msg: x}
              when: made.result.metadata.uid == 'x'
            - ansible.builtin.assert: {that: made.result.data.k == 'v'}
        """))
    #expect(rendering.failures.map(\.description) == [])
    #expect(rendering.writes.map(\.reference.name) == ["a", "a-b"])
    #expect(rendering.writes.last?.unknown == ["/data/uid"])
    #expect(rendering.decidedDuringRun.count == 1)
    #expect(
      rendering.decidedDuringRun.first?.reason.contains(
        "made.result.metadata.uid") == true)
  }

  @Test("facts of the machine are known, and what moves is not")
  func facts() async throws {
    let playbook = """
      - hosts: localhost
        tasks:
          - kubernetes.core.k8s:
              definition:
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: a, namespace: n}
                data:
                  distribution: "{{ ansible_distribution }} {{ ansible_facts.distribution_version }}"
                  family: "{{ ansible_os_family }}"
                  host: "{{ ansible_hostname }} {{ ansible_domain }}"
                  memory: "{{ ansible_memtotal_mb }}"
                  free: "{{ ansible_memfree_mb }}"
                  day: "{{ ansible_date_time.date }}"
                  python: "{{ ansible_python_version }}"
                  local: "{{ ansible_local }}"
      """
    var machine = MemoryFactSource(files: [
      "/etc/os-release":
        "NAME=Ubuntu\nID=ubuntu\nVERSION_ID=\"24.04\"\nVERSION_CODENAME=noble\n",
      "/proc/meminfo": "MemTotal: 2097152 kB\nMemFree: 1048576 kB\n",
      "/usr/bin/python3": "",
    ])
    machine.kernelName.node = "far.example.org"
    machine.name = "far.example.org"
    let rendering = await RoleEngine(
      files: MemorySources(["/p/site.yml": playbook]), facts: machine
    ).render(
      RoleJob(
        .playbook("/p/site.yml"),
        in: Project(directory: "/p", rolePath: RolePath(project: "/p"))),
      over: FixtureCluster([]))
    #expect(rendering.failures.map(\.description) == [])
    #expect(rendering.warnings == [])
    let write = try #require(rendering.writes.first)
    let data = write.object?["data"]
    #expect(data?["distribution"]?.string == "Ubuntu 24.04")
    #expect(data?["family"]?.string == "Debian")
    #expect(data?["host"]?.string == "far example.org")
    #expect(data?["memory"] == 2048)
    #expect(data?["local"] == [:])
    #expect(
      Set(write.unknown) == ["/data/free", "/data/day", "/data/python"])
  }

  @Test(
    "when facts are gathered is what ansible.cfg and the environment say",
    arguments: [
      ("implicit", "", true), ("implicit", "gather_facts: false", false),
      ("explicit", "", false), ("explicit", "gather_facts: true", true),
      ("smart", "", true), ("nonsense", "", true),
    ])
  func gathering(_ rule: String, _ said: String, _ isGathered: Bool)
    async throws
  {
    let playbook = """
      - hosts: localhost
        \(said)
        tasks:
          - assert: {that: [(ansible_facts.system is defined) == \(isGathered), ansible_system is not defined]}
      - hosts: localhost
        \(said)
        tasks:
          - assert: {that: [(ansible_facts.system is defined) == \(isGathered)]}
      """
    let files = MemorySources([
      "/p/site.yml": playbook,
      "/p/ansible.cfg":
        "[defaults]\ngathering = \(rule)\ninject_facts_as_vars = no\n",
    ])
    let names = Mutex<[String]>([])
    let outcome = try await RoleEngine(files: files, facts: MemoryFactSource())
      .run(
        RoleJob(
          .playbook("/p/site.yml"),
          in: Project(
            directory: "/p", catalogue: nil, environment: [:], files: files)),
        on: Rehearsal(
          RehearsalConfiguration(),
          clock: .handTurned(start: Instant(seconds: 1_750_000_000))),
        hooks: RunHooks(event: { event in
          guard event.kind == .taskStarted, let task = event.task else {
            return
          }
          names.withLock { $0.append(task.name) }
        }))
    #expect(outcome.failure == nil)
    let count = names.withLock { $0.count { $0 == "Gathering Facts" } }
    #expect(count == (!isGathered ? 0 : rule == "smart" ? 1 : 2))
  }

  @Test("secrets keep their place through filters and templates")
  func secrets() async throws {
    let rendering = await render(
      play(
        """
            - kubernetes.core.k8s:
                apply: true
                server_side_apply: {field_manager: m}
                template: t.j2
        """),
      files: [
        "/p/group_vars/all/passwords.yml": "pw: hunter22\n",
        "/p/templates/t.j2": """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: a, namespace: n}
        data:
          plain: nothing
          url: mysql://user:{{ pw }}@host
        """,
      ])
    #expect(rendering.failures.map(\.description) == [])
    let write = try #require(rendering.writes.first)
    #expect(
      write.object?["data"]?["url"]?.string == "mysql://user:hunter22@host")
    #expect(
      write.secrets == [SecretSpan(pointer: "/data/url", range: 13..<21)])
  }

  @Test("a name that a parameter's value asks for in vain is told where it is")
  func undefined() async throws {
    let parameters = """
      # The stack's parameters.
      size: 3
      image: "{{ registry }}/keystone"
      listed:
        - a
        - "{{ no_such_name }}"
      sole: "{{ nope }}"
      """
    let files = [
      "/p/group_vars/all/parameters.yml": parameters,
      "/p/roles/r/defaults/main.yml": "image: x\nlisted: []\n",
      "/p/roles/r/meta/argument_specs.yml": """
      argument_specs:
        main:
          options:
            image: {type: str}
            listed: {type: list, elements: str}
      """,
      "/p/roles/r/tasks/main.yml": "- debug: {msg: '{{ image }}'}\n",
      "/p/templates/t.j2": "a\n  {{ image }}\n",
      "/p/templates/own.j2": "[a]\nhost = {{ also_not }}\n",
    ]
    let image = "/p/group_vars/all/parameters.yml:3:8"
    let listed = "/p/group_vars/all/parameters.yml:6:5"
    let spec = await render(
      "- hosts: localhost\n  gather_facts: false\n  roles: [r]\n",
      files: files)
    let first = try #require(spec.failures.first)
    #expect(
      "\(first.place): \(first.message)" == "\(image): 'registry' is undefined")
    #expect(first.task.place.file.hasSuffix("_specs.yml"))
    for (tasks, wanted) in [
      ("    - debug: {msg: \"{{ listed | join(',') }}\"}\n", listed),
      (
        "    - debug: {msg: \"{{ sole }}\"}\n",
        "/p/group_vars/all/parameters.yml:7:7"
      ),
      ("    - debug: {msg: x}\n      loop: '{{ listed }}'\n", listed),
      // A chain is told at its end.
      (
        "    - debug: {msg: \"{{ outer }}\"}\n"
          + "      vars: {outer: \"in {{ image }}\"}\n", image
      ),
      ("    - template: {src: t.j2, dest: /tmp/never}\n", image),
      ("    - debug: {msg: '{{ also_not }}'}\n", "/p/site.yml:4:20"),
      (
        "    - debug: {msg: \"{{ lookup('template', 'own.j2') | trim }}\"}\n",
        "/p/templates/own.j2:2:11"
      ),
    ] {
      let rendering = await render(play(tasks), files: files)
      #expect(
        rendering.failures.map(\.place.description) == [wanted], "\(tasks)")
    }
  }

  @Test("arguments that are not done are named before anything runs")
  func refusedArguments() async throws {
    let rendering = await render(
      play(
        """
            - kubernetes.core.k8s: {kind: Namespace, name: n, api_version: v1}
            - ansible.builtin.file:
                path: /tmp/never
                state: directory
                mode: "0700"
                owner: root
                attributes: +i
            - ansible.builtin.copy: {content: x, dest: /tmp/never, attr: x}
              when: false
        """))
    #expect(rendering.writes.isEmpty)
    #expect(
      rendering.refusals.map { "\($0.place) \($0.name)" } == [
        "/p/site.yml:10:9 attributes", "/p/site.yml:11:60 attr",
      ])
  }

  @Test(
    "what leads to another cluster is named before anything runs",
    arguments: [
      "kubeconfig", "context", "host", "api_key", "username", "password",
      "ca_cert", "ssl_ca_cert", "client_cert", "cert_file", "client_key",
      "key_file", "proxy", "no_proxy", "impersonate_user",
    ])
  func otherCluster(_ name: String) async throws {
    // In a task that does not run: the role's text alone tells; and where a
    // template hides it, the task itself.
    for (written, condition) in [("x", "false"), ("{{ 'x' }}", "true")] {
      let rendering = await render(
        play(
          """
              - kubernetes.core.k8s_info:
                  kind: Pod
                  \(name): "\(written)"
                when: \(condition)
          """))
      #expect(rendering.refusals.map(\.name) == [name])
      #expect(
        rendering.refusals.allSatisfy { $0.what.contains("chooses a cluster") })
    }
    let empty = await render(
      play(
        """
            - kubernetes.core.k8s_info:
                kind: Pod
                \(name): ""
                validate_certs: false
              when: false
        """))
    #expect(empty.refusals.isEmpty)
  }

  @Test("tasks that include themselves until the run can tell come once")
  func includesItself() async throws {
    let rendering = await render(
      play(
        """
            - ansible.builtin.command: ask
              register: answer
            - ansible.builtin.include_tasks: again.yml
        """),
      files: [
        "/p/again.yml": """
        - ansible.builtin.debug: {msg: asked}
        - ansible.builtin.include_tasks: again.yml
          when: answer.stdout != 'ready'
        """
      ])
    #expect(rendering.failures.map(\.description) == [])
    #expect(rendering.taskCount < 10)
    #expect(
      rendering.decidedDuringRun.contains {
        $0.reason.contains("whether it runs again")
      })
  }

  @Test("commands and files of this machine are listed and not done")
  func local() async throws {
    let rendering = await render(
      play(
        """
            - ansible.builtin.command: touch /nonexistent/x
              register: out
            - ansible.builtin.copy: {content: abc, dest: /tmp/quarterdeck-none}
            - ansible.builtin.debug: {msg: "{{ out.stdout }}"}
              when: out.rc == 0
        """))
    #expect(rendering.failures.map(\.description) == [])
    #expect(
      rendering.localActions.map(\.summary) == [
        "run touch /nonexistent/x", "write /tmp/quarterdeck-none (3 bytes)",
      ])
    #expect(rendering.decidedDuringRun.count == 1)
  }

  @Test("what lookups would do to this machine is listed and not done")
  func lookups() async throws {
    let place = "/tmp/quarterdeck-none-\(UInt64.random(in: 0...UInt64.max))"
    let rendering = await render(
      play(
        """
            - ansible.builtin.set_fact:
                out: "{{ lookup('pipe', 'touch ' ~ path) }}"
                again: "{{ lookup('pipe', 'touch ' ~ path) }}"
            - ansible.builtin.set_fact:
                secret: "{{ lookup('password', path ~ ' length=9') }}"
                page: "{{ lookup('url', 'http://127.0.0.1:9/') }}"
                once: "{{ lookup('password', '/dev/null') }}"
              vars:
                all: "{{ query('lines', 'cat ' ~ path) }}"
              when: all != []
            - ansible.builtin.debug: {msg: "{{ out }} {{ secret }}"}
              when: lookup('env', 'HOME') == ''
        """),
      files: ["/p/group_vars/all.yml": "path: \(place)"])
    #expect(rendering.failures.map(\.description) == [])
    #expect(
      rendering.localActions.map(\.summary) == [
        "run touch \(place)", "run cat \(place)",
        "write \(place) (10 bytes)", "GET http://127.0.0.1:9/",
      ])
    #expect(!FileManager.default.fileExists(atPath: place))
  }

  @Test("what fetches, unpacks and runs is listed and not done")
  func programs() async throws {
    let rendering = await render(
      play(
        """
            - ansible.builtin.get_url:
                url: http://127.0.0.1:9/x
                dest: /tmp/quarterdeck-none
              register: got
            - ansible.builtin.unarchive:
                src: /tmp/quarterdeck-none
                dest: /tmp
                remote_src: true
            - ansible.builtin.git: {repo: "file:///none", dest: /tmp/none}
            - ansible.builtin.script: say.sh {{ 'a' ~ 'b' }}
            - community.general.git_config: {name: a.b, value: c}
            - community.general.htpasswd:
                path: /tmp/quarterdeck-none
                name: ann
                password: word
            - kubernetes.core.k8s_cp:
                namespace: n
                pod: p
                remote_path: /etc/x
                local_path: /tmp/quarterdeck-none
                state: from_pod
        """),
      files: ["/p/files/say.sh": "#!/bin/sh\n"])
    #expect(rendering.failures.map(\.description) == [])
    #expect(
      rendering.localActions.map(\.summary) == [
        "GET http://127.0.0.1:9/x",
        "make /tmp/quarterdeck-none downloaded",
        "make /tmp unpacked from /tmp/quarterdeck-none",
        "git clone file:///none", "make /tmp/none at HEAD", "run say.sh ab",
        "run git config --includes --system --replace-all a.b c",
        "write /tmp/quarterdeck-none (42 bytes)",
        "make /tmp/quarterdeck-none copied from a pod",
      ])
    #expect(!DiskSources().exists("/tmp/quarterdeck-none"))
  }

  @Test("a template with delimiters of its own is not read with the usual ones")
  func delimiters() throws {
    let files = MemorySources([
      "/p/roles/r/tasks/main.yml": """
      - ansible.builtin.template:
          src: page.html.j2
          dest: /tmp/page
          variable_start_string: "[%"
          variable_end_string: "%]"
      - ansible.builtin.template: {src: plain.j2, dest: /tmp/plain}
      """,
      "/p/roles/r/templates/page.html.j2": "[% x %] {{ .Left }}",
      "/p/roles/r/templates/plain.j2": "{{ .Wrong }}",
    ])
    let role = try RoleEngine(files: files).describe(
      "r", in: Project(directory: "/p", rolePath: RolePath(project: "/p")))
    #expect(
      role.refusals.map(\.place.description) == [
        "/p/roles/r/templates/plain.j2:1:4"
      ])
  }

  @Test("what is not supported is named with its place, before all else")
  func refusals() async throws {
    let rendering = await render(
      play(
        """
            - kubernetes.core.k8s:
                definition: {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: n}}
            - community.general.ufw: {state: enabled}
            - ansible.builtin.debug: {msg: "{{ 1 | no_such_filter }}"}
            - ansible.builtin.debug: {msg: x}
              when: 1 is no_such_test
            - ansible.builtin.debug: {msg: "{{ lookup('no.such.lookup', 1) }}"}
            - ansible.builtin.include_role: {name: no_such_role}
        """))
    #expect(
      rendering.refusals.map { "\($0.kind.rawValue) \($0.name)" } == [
        "module community.general.ufw", "filter no_such_filter",
        "test no_such_test", "lookup no.such.lookup", "role no_such_role",
      ])
    #expect(rendering.refusals.first?.place.line == 6)
    #expect(rendering.refusals.first?.place.file == "/p/site.yml")
    #expect(rendering.writes.isEmpty)
  }

  @Test("an edited file that is not saved yet counts")
  func unsaved() async throws {
    let sources = MemorySources([
      "/p/site.yml": play(
        """
            - kubernetes.core.k8s:
                definition:
                  apiVersion: v1
                  kind: ConfigMap
                  metadata: {name: "{{ chosen }}", namespace: n}
        """),
      "/p/group_vars/all/parameters.yml": "chosen: saved\n",
    ])
    let engine = RoleEngine(files: sources)
    var job = RoleJob(
      .playbook("/p/site.yml"),
      in: Project(directory: "/p", rolePath: RolePath(project: "/p")))
    let before = await engine.render(job, over: FixtureCluster([]))
    job.unsavedFiles = ["/p/group_vars/all/parameters.yml": "chosen: edited\n"]
    let edited = await engine.render(job, over: FixtureCluster([]))
    job.unsavedFiles = [:]
    let after = await engine.render(job, over: FixtureCluster([]))
    #expect(before.writes.map(\.reference.name) == ["saved"])
    #expect(edited.writes.map(\.reference.name) == ["edited"])
    #expect(after.writes.map(\.reference.name) == ["saved"])
  }

  @Test("a role shows its entry points, parameters and modules")
  func describes() throws {
    let shown = try RenderKit.engine.describe(
      "keystone", in: RenderKit.project())
    #expect(shown.entryPoints.contains("main"))
    #expect(shown.modules.contains("kubernetes.core.k8s"))
    #expect(shown.includedRoles.contains("quarterdeck_common"))
    #expect(shown.refusals.map(\.description) == [])
    let spec = try #require(shown.specs.first { $0.entryPoint == "main" })
    #expect(spec.options.contains { $0.isSecret })
  }
}
