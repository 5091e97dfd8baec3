// How time passes in a world, and who is told of what changes.

import Kubernetes

extension World {
  /// Lets time pass, doing everything when it is due.
  mutating func advance(to time: Instant) {
    settle()
    while let entry = agenda.take(by: time) {
      now = max(now, entry.time)
      perform(entry.work)
      settle()
    }
    now = max(now, time)
  }

  /// Does what is to be done at once.
  mutating func settle() {
    while let work = agenda.takeAtOnce() { perform(work) }
  }

  private mutating func perform(_ work: Work) {
    switch work.actor {
    case .deployment: reconcileDeployment(work.object)
    case .replicaSet: reconcileReplicaSet(work.object)
    case .statefulSet: reconcileStatefulSet(work.object)
    case .daemonSet: reconcileDaemonSet(work.object)
    case .job: reconcileJob(work.object)
    case .cronJob: reconcileCronJob(work.object)
    case .service: reconcileService(work.object)
    case .budget: reconcileBudget(work.object)
    case .claim: reconcileClaim(work.object)
    case .claimProtection: releaseClaim(work.object)
    case .scheduler: schedule(work.object)
    case .kubelet: stepPod(work.object)
    case .namespace: reconcileNamespace(work.object)
    case .garbage: collectGarbage(work.object)
    case .definition: establish(work.object)
    case .event: remove(work.object)
    }
  }

  mutating func wake(
    _ actor: Doer, _ object: ObjectReference, after delay: Duration
  ) {
    agenda.add(Work(actor: actor, object: object), at: now + delay)
  }

  /// Tells everybody whom a change concerns.
  mutating func noticed(
    _ old: KubernetesObject?, _ new: KubernetesObject?
  ) {
    guard let object = new ?? old else { return }
    let reference = object.reference
    func tell(_ actor: Doer) {
      agenda.add(Work(actor: actor, object: reference))
    }
    switch reference.objectKind {
    case .deployment: tell(.deployment)
    case .replicaSet: tell(.replicaSet)
    case .statefulSet: tell(.statefulSet)
    case .daemonSet: tell(.daemonSet)
    case .job: tell(.job)
    case ObjectKind(apiVersion: "batch/v1", kind: "CronJob"):
      if old == nil || old?.json["spec"] != new?.json["spec"] { tell(.cronJob) }
    case .service: tell(.service)
    case ObjectKind(apiVersion: "policy/v1", kind: "PodDisruptionBudget"):
      tell(.budget)
    case .persistentVolumeClaim:
      if new?.isTerminating == true { tell(.claimProtection) }
      tell(.claim)
      if new != nil { tellUnplaced() }
    case .pod: noticedPod(old, new)
    case .node: noticedNode()
    case .namespace: if new?.isTerminating == true { tell(.namespace) }
    default:
      if object.kind == "CustomResourceDefinition" { tell(.definition) }
    }
    if let owner = object.controller, let place = byUID[owner.uid] {
      switch place.objectKind {
      case .deployment:
        agenda.add(Work(actor: .deployment, object: place))
      case .replicaSet:
        agenda.add(Work(actor: .replicaSet, object: place))
      case .statefulSet:
        agenda.add(Work(actor: .statefulSet, object: place))
      case .daemonSet: agenda.add(Work(actor: .daemonSet, object: place))
      case .job: agenda.add(Work(actor: .job, object: place))
      case ObjectKind(apiVersion: "batch/v1", kind: "CronJob"):
        agenda.add(Work(actor: .cronJob, object: place))
      default: break
      }
    }
    if new == nil { noticedEnd(of: object) }
  }

  private mutating func noticedPod(
    _ old: KubernetesObject?, _ new: KubernetesObject?
  ) {
    guard let pod = new ?? old else { return }
    let reference = pod.reference
    if let node = new?.json["spec"]?["nodeName"]?.string {
      podsOnNode[node, default: []].insert(reference)
    }
    if let new {
      if new.json["spec"]?["nodeName"] == nil {
        if old == nil {
          wake(.scheduler, reference, after: configuration.timings.schedule)
        }
      } else if old?.json["spec"]?["nodeName"] == nil
        || new.isTerminating && old?.isTerminating != true
      {
        agenda.add(Work(actor: .kubelet, object: reference))
      }
    } else {
      tellUnplaced()
      // A Deployment that recreates waits for the last old pod to be gone.
      if let set = pod.controller.flatMap({ byUID[$0.uid] }),
        let owner = objects[set]?.controller.flatMap({ byUID[$0.uid] }),
        owner.objectKind == .deployment
      {
        agenda.add(Work(actor: .deployment, object: owner))
      }
      for volume in pod.spec["volumes"]?.array ?? [] {
        guard let claim = volume["persistentVolumeClaim"]?["claimName"]?.string
        else { continue }
        agenda.add(
          Work(
            actor: .claimProtection,
            object: ObjectReference(
              .persistentVolumeClaim, namespace: pod.namespace, name: claim)))
      }
    }
    // Services and budgets look at few things of a pod.
    if old == nil || new == nil || old?.isReadyPod != new?.isReadyPod
      || old?.json["status"]?["podIP"] != new?.json["status"]?["podIP"]
      || old?.isTerminating != new?.isTerminating
      || old?.json["metadata"]?["labels"] != new?.json["metadata"]?["labels"]
    {
      let labels = pod.labels
      tellSelecting(.service, .service, pod.namespace) {
        guard let selector = $0.spec["selector"]?.strings, !selector.isEmpty
        else { return false }
        return LabelSelector(labels: selector).matches(labels)
      }
      tellSelecting(
        .budget,
        ObjectKind(apiVersion: "policy/v1", kind: "PodDisruptionBudget"),
        pod.namespace
      ) {
        $0.spec["selector"].flatMap(LabelSelector.init)?.matches(labels)
          ?? false
      }
    }
  }

  private mutating func tellSelecting(
    _ actor: Doer, _ kind: ObjectKind, _ namespace: String?,
    where matches: (KubernetesObject) -> Bool
  ) {
    for object in all(kind, in: namespace) where matches(object) {
      agenda.add(Work(actor: actor, object: object.reference))
    }
  }

  private mutating func noticedNode() {
    tellUnplaced()
    for set in all(.daemonSet) {
      agenda.add(Work(actor: .daemonSet, object: set.reference))
    }
  }

  mutating func tellUnplaced() {
    for pod in unplaced.sorted() {
      agenda.add(Work(actor: .scheduler, object: pod))
    }
  }

  /// What the end of an object sets off: its dependents and its owners.
  private mutating func noticedEnd(of object: KubernetesObject) {
    if let uid = object.uid {
      for dependent in (dependents[uid] ?? []).sorted() {
        agenda.add(Work(actor: .garbage, object: dependent))
      }
    }
    for owner in object.ownerReferences {
      if let place = byUID[owner.uid] {
        agenda.add(Work(actor: .garbage, object: place))
      }
    }
    if let namespace = object.namespace,
      let place = objects[ObjectReference(.namespace, name: namespace)],
      place.isTerminating
    {
      agenda.add(Work(actor: .namespace, object: place.reference))
    }
  }
}
