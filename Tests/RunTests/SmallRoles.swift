// Roles that are just enough for a run: a namespace, configuration, a secret,
// workloads to wait for, and entry points to test and remove.

/// The files of a small catalogue, by path.
enum SmallRoles {
  static let files: [String: String] = {
    var files: [String: String] = [:]
    for (name, service) in [
      ("store", "stage: data\n"), ("cache", "stage: data\n"),
      ("api", "stage: web\nrequires: [store, cache]\n"),
    ] {
      files["\(name)/meta/service.yml"] = """
        service: \(name)
        title: \(name)
        group: Infrastructure
        \(service)parameters:
          \(name)_password: {generate: {kind: password}}
          \(name)_replicas: {minimum: 1, maximum: 5, unit: pods}
        """
      files["\(name)/meta/argument_specs.yml"] = specs(name)
      files["\(name)/defaults/main.yml"] = """
        openstack_namespace: openstack
        \(name)_replicas: 2
        \(name)_image: "registry.example/\(name):1"
        \(name)_setting: one
        \(name)_extra: false
        """
      files["\(name)/tasks/main.yml"] = main(name)
      files["\(name)/tasks/test.yml"] = test(name)
      files["\(name)/tasks/remove.yml"] = remove(name)
    }
    return files
  }()

  private static func specs(_ name: String) -> String {
    let options = """
          options:
            openstack_namespace: {type: str, default: openstack}
            \(name)_replicas: {type: int, default: 2}
            \(name)_image: {type: str, default: "registry.example/\(name):1"}
            \(name)_setting: {type: str, default: one}
            \(name)_extra: {type: bool, default: false}
            \(name)_password: {type: str, required: true, no_log: true}
      """
    return """
      argument_specs:
        main:
          short_description: Deploys \(name)
      \(options)
        test:
          short_description: Tests \(name)
      \(options)
        remove:
          short_description: Removes \(name)
      \(options)
      """
  }

  private static let apply = """
      kubernetes.core.k8s:
        state: present
        apply: true
        server_side_apply: {field_manager: quarterdeck}
    """

  private static func main(_ name: String) -> String {
    """
    - name: Apply the namespace
    \(apply)
        definition:
          apiVersion: v1
          kind: Namespace
          metadata: {name: "{{ openstack_namespace }}"}

    - name: Apply the configuration
    \(apply)
        definition:
          apiVersion: v1
          kind: ConfigMap
          metadata: {name: \(name), namespace: "{{ openstack_namespace }}"}
          data:
            \(name).conf: "setting = {{ \(name)_setting }}\\n"

    - name: Apply what is only sometimes wanted
    \(apply)
        definition:
          apiVersion: v1
          kind: ConfigMap
          metadata: {name: \(name)-extra, namespace: "{{ openstack_namespace }}"}
          data: {extra: "yes"}
      when: \(name)_extra

    - name: Apply the secret
    \(apply)
        definition:
          apiVersion: v1
          kind: Secret
          metadata: {name: \(name), namespace: "{{ openstack_namespace }}"}
          data:
            password: "{{ \(name)_password }}"

    - name: Apply the workload
    \(apply)
        definition:
          apiVersion: apps/v1
          kind: Deployment
          metadata: {name: \(name), namespace: "{{ openstack_namespace }}"}
          spec:
            replicas: "{{ \(name)_replicas | int }}"
            selector: {matchLabels: {app: \(name)}}
            template:
              metadata:
                labels: {app: \(name)}
                annotations: {setting: "{{ \(name)_setting }}"}
              spec:
                containers:
                  - name: \(name)
                    image: "{{ \(name)_image }}"
        wait: true
        wait_timeout: 300
    """
  }

  private static func test(_ name: String) -> String {
    """
    - name: Apply the test's configuration
    \(apply)
        definition:
          apiVersion: v1
          kind: ConfigMap
          metadata: {name: \(name)-test, namespace: "{{ openstack_namespace }}"}
          data: {test: "of {{ \(name)_setting }}"}
    """
  }

  private static func remove(_ name: String) -> String {
    [
      ("apps/v1", "Deployment", name), ("v1", "Secret", name),
      ("v1", "ConfigMap", name), ("v1", "ConfigMap", name + "-test"),
    ].map { version, kind, object in
      """
      - name: Delete the \(kind) \(object)
        kubernetes.core.k8s:
          state: absent
          api_version: \(version)
          kind: \(kind)
          namespace: "{{ openstack_namespace }}"
          name: \(object)
          wait: true
      """
    }.joined(separator: "\n\n")
  }
}
