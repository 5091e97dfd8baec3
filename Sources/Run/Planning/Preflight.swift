// What is looked at before a plan may run: the cluster, our rights in it, and
// whether the pods will find nodes, storage and room.

import AnsibleKubernetes
import Kubernetes
import Platform
import Stack

/// Checks a plan against its cluster.
struct Preflight: Sendable {
  let context: RunContext
  let stack: OpenStack
  let facts: ClusterFacts
  /// The writes of each component.
  let writes: [String: [RenderedWrite]]
  /// What the roles wanted to read and may not.
  let forbidden: Set<PermittedReader.Read>

  /// All checks, in the order in which they are shown.
  func checks(
    for plan: Plan, _ request: PlanRequest
  ) async -> [PreflightCheck] {
    var checks = request.checks
    checks.append(
      PreflightCheck(
        "API server", .ok,
        context.cluster.isRehearsal
          ? "a rehearsal in memory, as version \(facts.version)"
          : "answers, version \(facts.version)"))
    checks.append(identity())
    if request.engine == .ansible { checks.append(await ansible()) }
    checks += stack.contents.errors.prefix(5).map {
      PreflightCheck("Stack", .fail, $0.description)
    }
    checks.append(await lock(plan))
    checks.append(await rights(plan))
    guard request.operation == .deploy || request.operation == .upgrade else {
      return checks
    }
    let manifests = writes.values.flatMap { $0 }.compactMap(\.object)
      .map { KubernetesObject($0) }
    let nodes =
      (try? await context.cluster.listAll(ListQuery(.node)).items) ?? []
    checks.append(self.nodes(manifests, nodes, request))
    if let storage = await storage(manifests) { checks.append(storage) }
    checks.append(await quotas(plan, manifests))
    return checks
  }

  // MARK: The cluster

  private func identity() -> PreflightCheck {
    let title = PreflightCheck.identity
    guard !context.cluster.isRehearsal else {
      return PreflightCheck(
        title, .ok, "this stack's own rehearsal; no cluster is recorded")
    }
    guard !facts.uid.isEmpty else {
      return PreflightCheck(
        title, .warn,
        "you may not read the namespace kube-system, by which clusters are "
          + "told apart: look yourself whether this is the right one")
    }
    guard let recorded = stack.contents.settings.clusterUID else {
      return PreflightCheck(
        title, .ok, "this stack's first cluster; the run records it")
    }
    guard recorded != facts.uid else {
      return PreflightCheck(
        title, .ok, "the cluster that this stack belongs to")
    }
    return PreflightCheck(
      title, .fail,
      "this is another cluster than the one that the stack was deployed to: "
        + "choose the right context, or take quarterdeck_cluster_uid out of "
        + "group_vars/all/services.yml to move the stack")
  }

  /// Whether the real Ansible can run at all.
  private func ansible() async -> PreflightCheck {
    let title = "ansible-playbook"
    guard !context.cluster.isRehearsal else {
      return PreflightCheck(
        title, .fail,
        "a rehearsal is in this program's memory, where ansible-playbook "
          + "cannot reach it; choose a cluster, or Quarterdeck's own engine")
    }
    do {
      let result = try await context.processes.run(
        ChildCommand(
          "ansible-playbook", ["--version"],
          workingDirectory: stack.layout.directory),
        deadline: .seconds(60))
      guard result.status.isSuccess else {
        return PreflightCheck(
          title, .fail,
          "ansible-playbook ended with \(result.status): "
            + result.errorText.firstLine.printable)
      }
      return PreflightCheck(title, .ok, result.outputText.firstLine.printable)
    } catch let error as ProcessError {
      return PreflightCheck(
        title, .fail, "\(error); install Ansible with `pip install ansible`")
    } catch {
      return PreflightCheck(title, .fail, "\(error)".printable)
    }
  }

  private func lock(_ plan: Plan) async -> PreflightCheck {
    let title = PreflightCheck.lock
    let lock = RunLock(
      cluster: context.cluster, stack: plan.stack, namespace: plan.namespace,
      holder: "")
    do {
      guard let holder = try await lock.current() else {
        return PreflightCheck(title, .ok, "nobody else runs this stack")
      }
      return PreflightCheck(
        title, holder.isStale ? .warn : .fail,
        LockHeld(holder: holder).description)
    } catch {
      return PreflightCheck(title, .warn, "\(error)")
    }
  }

  private func rights(_ plan: Plan) async -> PreflightCheck {
    let title = "Rights"
    var queries: Set<AccessQuery> = []
    for object in plan.components.flatMap({ $0.objects + $0.tests }) {
      guard let resource = facts.discovery[object.reference.objectKind] else {
        continue
      }
      for verb in ["get", "list", "watch", "create", "patch", "delete"] {
        queries.insert(
          AccessQuery(verb, resource, namespace: object.reference.namespace))
      }
    }
    for kind in [ObjectKind.lease, .secret, .pod, .event] {
      guard let resource = facts.discovery[kind] else { continue }
      let verbs =
        kind == .lease || kind == .secret
        ? ["get", "list", "create", "update", "delete"]
        : ["list", "watch"]
      for verb in verbs {
        queries.insert(
          AccessQuery(verb, resource, namespace: plan.namespace))
      }
    }
    for read in forbidden {
      guard let resource = facts.discovery[read.kind] else { continue }
      queries.insert(
        AccessQuery(read.verb, resource, namespace: read.namespace))
    }
    let cluster = context.cluster
    let missing = await withTaskGroup(of: AccessQuery?.self) { group in
      for query in queries {
        group.addTask {
          guard let review = try? await cluster.canI(query),
            !review.isAllowed
          else { return nil }
          return query
        }
      }
      var found: [AccessQuery] = []
      for await right in group { if let right { found.append(right) } }
      return found
    }
    guard !missing.isEmpty else {
      return PreflightCheck(
        title, .ok, "all \(queries.count) rights that the plan needs")
    }
    return PreflightCheck(
      title, .fail,
      "you may not \(Self.sentence(missing)): ask the cluster's administrator "
        + "for a role")
  }

  /// "create, patch deployments.apps and get nodes": every right, by place.
  static func sentence(_ rights: [AccessQuery]) -> String {
    var verbs: [String: Set<String>] = [:]
    for right in rights {
      let place = right.namespace.map { " in \($0)" } ?? ""
      verbs["\(right.resource)\(place)", default: []].insert(right.verb)
    }
    return verbs.sorted { $0.key < $1.key }
      .map { "\($0.value.sorted().joined(separator: ", ")) \($0.key)" }
      .joined(separator: "; ")
  }

  // MARK: Nodes

  private func nodes(
    _ manifests: [KubernetesObject], _ nodes: [KubernetesObject],
    _ request: PlanRequest
  ) -> PreflightCheck {
    let title = "Nodes"
    let open = nodes.filter { $0.spec["unschedulable"]?.bool != true }
      .map { node in
        NodeLabels.applying(
          request.nodeLabels[node.name] ?? [:], to: node.labels)
      }
    guard !nodes.isEmpty else {
      return PreflightCheck(
        title, .warn, "the cluster's nodes cannot be listed, or there are none")
    }
    for manifest in manifests {
      let pod = manifest.spec["template"]?["spec"]
      guard let selector = pod?["nodeSelector"]?.strings, !selector.isEmpty
      else { continue }
      let fitting = open.filter { labels in
        selector.allSatisfy { labels[$0.key] == $0.value }
      }.count
      let wanted = selector.sorted { $0.key < $1.key }
        .map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
      if fitting == 0 {
        return PreflightCheck(
          title, .fail,
          "no node that takes pods has the label \(wanted), which "
            + "\(manifest.reference) wants: give it on the Nodes screen or "
            + "with `kubectl label node`")
      }
    }
    return PreflightCheck(
      title, .ok, "\(open.count) of \(nodes.count) nodes take pods")
  }

  // MARK: Storage

  private func storage(_ manifests: [KubernetesObject]) async -> PreflightCheck?
  {
    let title = "Storage"
    let claims = manifests.flatMap { manifest in
      manifest.kind == "PersistentVolumeClaim"
        ? [manifest.json]
        : manifest.spec["volumeClaimTemplates"]?.array ?? []
    }
    guard !claims.isEmpty else { return nil }
    guard
      let classes = try? await context.cluster.listAll(
        ListQuery(.storageClass)
      ).items
    else {
      return PreflightCheck(
        title, .warn, "the storage classes cannot be listed")
    }
    let names = Set(classes.map(\.name))
    for claim in claims {
      let name = claim["spec"]?["storageClassName"]?.string
      if let name, !name.isEmpty, !names.contains(name) {
        return PreflightCheck(
          title, .fail,
          "there is no storage class \(name.printable); there are "
            + "\(names.sorted().joined(separator: ", ")): set "
            + "openstack_storage_class")
      }
      if name == nil,
        !classes.contains(where: {
          $0.annotations["storageclass.kubernetes.io/is-default-class"]
            == "true"
        })
      {
        return PreflightCheck(
          title, .warn,
          "no storage class is the default: claims wait until somebody makes "
            + "volumes for them; or set openstack_storage_class")
      }
    }
    return PreflightCheck(title, .ok, "a storage class for each claim")
  }

  // MARK: Quotas

  private func quotas(
    _ plan: Plan, _ manifests: [KubernetesObject]
  ) async -> PreflightCheck {
    let title = "Quotas"
    let kind = ObjectKind(apiVersion: "v1", kind: "ResourceQuota")
    guard facts.namespaces.contains(plan.namespace),
      facts.discovery[kind] != nil,
      let quotas = try? await context.cluster.listAll(
        ListQuery(kind, namespace: plan.namespace)
      ).items, !quotas.isEmpty
    else { return PreflightCheck(title, .ok, "the namespace has none") }
    let created = Set(
      plan.objects.filter { $0.outcome == .create }.map(\.reference))
    let fresh = manifests.filter { created.contains($0.reference) }
    let needs = ResourceNeeds(of: fresh)
    for quota in quotas {
      let used = quota.status["used"]?.strings ?? [:]
      for (name, hard) in quota.status["hard"]?.strings ?? [:] {
        guard let limit = Quantity(hard), let need = needs[name],
          let have = Quantity(used[name] ?? "0")
        else { continue }
        if have.value + need > limit.value {
          return PreflightCheck(
            title, .fail,
            "the quota \(quota.name.printable) allows \(hard.printable) "
              + "\(name), \(used[name] ?? "0") are used, and the plan needs "
              + "\(Quantity.text(need)) more")
        }
      }
    }
    return PreflightCheck(title, .ok, "the namespace's quotas have room")
  }
}

extension String {
  /// The text up to its first line end.
  fileprivate var firstLine: String {
    String(prefix { !$0.isNewline })
  }
}
