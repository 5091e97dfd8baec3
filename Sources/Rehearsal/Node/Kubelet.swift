// The kubelet: what happens to a pod on its node, step by step, with the
// statuses and events that a real one reports.

import Kubernetes

extension World {
  /// Takes the next step of a pod, if it is time for it.
  mutating func stepPod(_ reference: ObjectReference) {
    guard let pod = objects[reference], let uid = pod.uid,
      pod.json["spec"]?["nodeName"] != nil
    else { return }
    guard var run = runs[uid] else {
      runs[uid] = PodRun(due: now)
      begin(pod)
      stepPod(reference)
      return
    }
    if pod.isTerminating, run.stage != .stopping {
      run.stage = .stopping
      stop(pod, &run)
      runs[uid] = run
      return
    }
    guard run.due <= now else { return }
    let before = run
    switch run.stage {
    case .mounting: mount(pod, &run)
    case .pulling: pull(pod, &run)
    case .pulled: start(pod, &run)
    case .pullFailed: backOffPull(pod, &run)
    case .initialising: finishInitial(pod, &run)
    case .readying: becomeReady(pod, &run)
    case .unready: failProbe(pod, &run)
    case .crashing: crash(pod, &run)
    case .crashed: restart(pod, &run)
    case .completing: complete(pod, &run)
    case .stopping:
      if objects[reference]?.finalizers.isEmpty ?? true { remove(reference) }
      return
    case .serving, .ended: return
    }
    if run == before { return }
    runs[uid] = run
    if run.stage != .serving, run.stage != .ended {
      agenda.add(Work(actor: .kubelet, object: reference), at: run.due)
    }
  }

  /// How long the next step waits; a step at once still comes in its turn.
  private func next(
    _ run: inout PodRun, _ stage: PodRun.Stage, after delay: Duration
  ) {
    run.stage = stage
    run.due = now + delay
  }

  private func containers(_ pod: KubernetesObject) -> (
    initial: [JSON], main: [JSON]
  ) {
    (
      pod.spec["initContainers"]?.array ?? [],
      pod.spec["containers"]?.array ?? []
    )
  }

  private func isSidecar(_ container: JSON) -> Bool {
    container["restartPolicy"]?.string == "Always"
  }

  private mutating func report(
    _ pod: KubernetesObject, _ reason: String, _ message: String,
    isWarning: Bool = false
  ) {
    note(pod, reason, message, isWarning: isWarning, from: "kubelet")
  }

  // MARK: Beginning

  private mutating func begin(_ pod: KubernetesObject) {
    let (initial, main) = containers(pod)
    let waiting = initial.isEmpty ? "ContainerCreating" : "PodInitializing"
    func status(_ container: JSON) -> JSON {
      [
        "name": container["name"] ?? "", "image": container["image"] ?? "",
        "imageID": "", "ready": false, "started": false, "restartCount": 0,
        "state": ["waiting": ["reason": .string(waiting)]],
      ]
    }
    change(pod.reference) { [now] pod in
      pod.status["phase"] = "Pending"
      pod.status["hostIP"] = pod.spec["nodeName"]
      pod.status["startTime"] = .string(now.timestamp)
      pod.status["qosClass"] = "Burstable"
      pod.setCondition(
        "Initialized", initial.isEmpty ? "True" : "False",
        initial.isEmpty ? "" : "ContainersNotInitialized", "", now)
      for type in ["Ready", "ContainersReady"] {
        pod.setCondition(type, "False", "ContainersNotReady", "", now)
      }
      pod.setCondition("PodScheduled", "True", "", "", now)
      pod.status["containerStatuses"] = .array(main.map(status))
      if !initial.isEmpty {
        pod.status["initContainerStatuses"] = .array(initial.map(status))
      }
    }
  }

  private mutating func mount(_ pod: KubernetesObject, _ run: inout PodRun) {
    if let (volume, missing) = missingVolume(pod) {
      report(
        pod, "FailedMount",
        "MountVolume.SetUp failed for volume \"\(volume)\" : \(missing)",
        isWarning: true)
      run.failures += 1
      next(
        &run, .mounting,
        after: .seconds(min(30, 1 << min(run.failures, 5))))
      return
    }
    run.failures = 0
    next(&run, .pulling, after: .milliseconds(300))
  }

  // MARK: Images and starting

  private func current(_ pod: KubernetesObject, _ run: PodRun) -> JSON? {
    let (initial, main) = containers(pod)
    let list = initial + main
    return list.indices.contains(run.index) ? list[run.index] : nil
  }

  private mutating func pull(_ pod: KubernetesObject, _ run: inout PodRun) {
    guard let container = current(pod, run) else { return }
    let name = container["name"]?.string ?? ""
    if let missing = missingVariable(container, pod) {
      setState(
        pod, name,
        [
          "waiting": [
            "reason": "CreateContainerConfigError", "message": .string(missing),
          ]
        ])
      report(pod, "Failed", "Error: \(missing)", isWarning: true)
      next(&run, .pulling, after: .seconds(5))
      return
    }
    let image = container["image"]?.string ?? ""
    let node = pod.spec["nodeName"]?.string ?? ""
    if pulled.contains("\(node) \(image)"), !isImageFaulty(pod, image) {
      report(
        pod, "Pulled",
        "Container image \"\(image)\" already present on machine")
      next(&run, .pulled, after: .milliseconds(100))
      return
    }
    report(pod, "Pulling", "Pulling image \"\(image)\"")
    // Layers differ, and so do nodes: half to one and a half times the usual.
    var spread: UInt64 = 0
    for byte in (node + image).utf8 { spread = spread &* 31 &+ UInt64(byte) }
    let usual = configuration.timings.pull
    next(&run, .pulled, after: usual / 2 + usual * Int(spread % 100) / 100)
  }

  private mutating func isImageFaulty(_ pod: KubernetesObject, _ image: String)
    -> Bool
  { strikes(.image, pod, victim: image) }

  private mutating func start(_ pod: KubernetesObject, _ run: inout PodRun) {
    guard let container = current(pod, run) else { return }
    let name = container["name"]?.string ?? ""
    let image = container["image"]?.string ?? ""
    if isImageFaulty(pod, image) {
      let message =
        "rpc error: code = NotFound desc = failed to pull and unpack image "
        + "\"\(image)\": failed to resolve reference \"\(image)\": \(image): "
        + "not found"
      report(
        pod, "Failed", "Failed to pull image \"\(image)\": \(message)",
        isWarning: true)
      report(pod, "Failed", "Error: ErrImagePull", isWarning: true)
      setState(
        pod, name,
        ["waiting": ["reason": "ErrImagePull", "message": .string(message)]])
      run.failures += 1
      next(&run, .pullFailed, after: .seconds(2))
      return
    }
    run.failures = 0
    let node = pod.spec["nodeName"]?.string ?? ""
    if pulled.insert("\(node) \(image)").inserted {
      report(pod, "Pulled", "Successfully pulled image \"\(image)\"")
    }
    report(pod, "Created", "Created container \(name)")
    report(pod, "Started", "Started container \(name)")
    setState(
      pod, name, ["running": ["startedAt": .string(now.timestamp)]],
      isStarted: true)
    run.index += 1
    let (initial, main) = containers(pod)
    if run.index <= initial.count {
      if isSidecar(container) {
        setReady(pod, name)
        proceed(pod, &run)
      } else {
        next(
          &run, .initialising, after: configuration.timings.initialContainer)
      }
    } else if run.index < initial.count + main.count {
      next(&run, .pulling, after: .milliseconds(100))
    } else {
      allStarted(pod, &run)
    }
  }

  private mutating func backOffPull(
    _ pod: KubernetesObject, _ run: inout PodRun
  ) {
    guard let container = current(pod, run) else { return }
    let image = container["image"]?.string ?? ""
    setState(
      pod, container["name"]?.string ?? "",
      [
        "waiting": [
          "reason": "ImagePullBackOff",
          "message": .string("Back-off pulling image \"\(image)\""),
        ]
      ])
    report(pod, "BackOff", "Back-off pulling image \"\(image)\"")
    next(&run, .pulling, after: Self.backOff(run.failures))
  }

  /// 10 s, then twice as long each time, up to 5 minutes.
  private static func backOff(_ failures: Int) -> Duration {
    .seconds(min(300, 10 * (1 << min(max(0, failures - 1), 5))))
  }

  private mutating func finishInitial(
    _ pod: KubernetesObject, _ run: inout PodRun
  ) {
    let (initial, _) = containers(pod)
    guard initial.indices.contains(run.index - 1) else { return }
    let name = initial[run.index - 1]["name"]?.string ?? ""
    setState(pod, name, terminated(pod, name, 0), isReady: true)
    proceed(pod, &run)
  }

  /// On from an init container to the next, or to the main ones.
  private mutating func proceed(_ pod: KubernetesObject, _ run: inout PodRun) {
    let (initial, main) = containers(pod)
    if run.index == initial.count {
      change(pod.reference) { [now] in
        $0.setCondition("Initialized", "True", "", "", now)
      }
      if main.isEmpty { return }
    }
    next(&run, .pulling, after: .milliseconds(100))
  }

  private mutating func allStarted(
    _ pod: KubernetesObject, _ run: inout PodRun
  ) {
    let number = nextRandom()
    change(pod.reference) {
      $0.status["phase"] = "Running"
      if $0.status["podIP"] == nil {
        let address = JSON.string(
          "10.42.\(number >> 8 & 0xFF).\(1 + number % 250)")
        $0.status["podIP"] = address
        $0.status["podIPs"] = [["ip": address]]
      }
    }
    whatComesAfterStart(pod, &run)
  }

  private mutating func whatComesAfterStart(
    _ pod: KubernetesObject, _ run: inout PodRun
  ) {
    let timings = configuration.timings
    if strikes(.crash, pod, victim: Self.templateMark(pod)) {
      next(&run, .crashing, after: .seconds(1))
    } else if pod.spec["restartPolicy"] != "Always" {
      next(
        &run, .completing,
        after: timings.job
          + (fault(.slow, strikes: pod) == nil ? .zero : timings.slowness))
    } else if fault(.slow, strikes: pod) != nil {
      next(&run, .unready, after: .seconds(10))
    } else {
      next(&run, .readying, after: readiness(of: pod))
    }
  }

  /// How long a healthy pod takes: a probe's first delay, but never a show's
  /// length of waiting.
  private func readiness(of pod: KubernetesObject) -> Duration {
    let delays = containers(pod).main.map {
      $0["readinessProbe"]?["initialDelaySeconds"]?.integer ?? 0
    }
    return configuration.timings.ready + .seconds(min(5, delays.max() ?? 0))
  }

  // MARK: Running

  private mutating func becomeReady(
    _ pod: KubernetesObject, _ run: inout PodRun
  ) {
    change(pod.reference) { [now] pod in
      var statuses = pod.status["containerStatuses"]?.array ?? []
      for index in statuses.indices { statuses[index]["ready"] = true }
      pod.status["containerStatuses"] = .array(statuses)
      for type in ["Ready", "ContainersReady"] {
        pod.setCondition(type, "True", "", "", now)
      }
    }
    run.failures = 0
    next(&run, .serving, after: .zero)
  }

  /// A pod that is slow fails its probe until it has been slow enough.
  private mutating func failProbe(_ pod: KubernetesObject, _ run: inout PodRun)
  {
    let since = pod.containerStart ?? now
    if now - since >= configuration.timings.slowness
      || fault(.slow, strikes: pod) == nil
    {
      becomeReady(pod, &run)
      return
    }
    if containers(pod).main.contains(where: { $0["readinessProbe"] != nil }) {
      report(
        pod, "Unhealthy", "Readiness probe failed: connection refused",
        isWarning: true)
    }
    next(&run, .unready, after: .seconds(10))
  }

  private mutating func crash(_ pod: KubernetesObject, _ run: inout PodRun) {
    let (_, main) = containers(pod)
    let name = main.first?["name"]?.string ?? ""
    let policy = pod.spec["restartPolicy"]?.string
    let ended = terminated(pod, name, 1)
    if policy == "Never" {
      finish(pod, "Failed", exitCode: 1)
      next(&run, .ended, after: .zero)
      return
    }
    run.failures += 1
    setState(
      pod, name,
      [
        "waiting": [
          "reason": "CrashLoopBackOff",
          "message": .string(
            "back-off \(Self.backOff(run.failures).components.seconds)s "
              + "restarting failed container=\(name) pod=\(pod.name)"),
        ]
      ], last: ended)
    report(
      pod, "BackOff", "Back-off restarting failed container \(name)",
      isWarning: true)
    next(&run, .crashed, after: Self.backOff(run.failures))
  }

  private mutating func restart(_ pod: KubernetesObject, _ run: inout PodRun) {
    let name = containers(pod).main.first?["name"]?.string ?? ""
    change(pod.reference) { pod in
      var statuses = pod.status["containerStatuses"]?.array ?? []
      for index in statuses.indices
      where statuses[index]["name"]?.string == name {
        statuses[index]["restartCount"] = .integer(
          (statuses[index]["restartCount"]?.integer ?? 0) + 1)
      }
      pod.status["containerStatuses"] = .array(statuses)
    }
    setState(
      pod, name, ["running": ["startedAt": .string(now.timestamp)]],
      isStarted: true)
    report(pod, "Started", "Started container \(name)")
    whatComesAfterStart(objects[pod.reference] ?? pod, &run)
  }

  private mutating func complete(_ pod: KubernetesObject, _ run: inout PodRun) {
    finish(pod, "Succeeded", exitCode: 0)
    next(&run, .ended, after: .zero)
  }

  private mutating func finish(
    _ pod: KubernetesObject, _ phase: String, exitCode: Int
  ) {
    let ends = (pod.status["containerStatuses"]?.array ?? []).map {
      terminated(pod, $0["name"]?.string ?? "", exitCode)
    }
    change(pod.reference) { [now] pod in
      var statuses = pod.status["containerStatuses"]?.array ?? []
      for (index, end) in ends.enumerated() where index < statuses.count {
        statuses[index]["state"] = end
        statuses[index]["ready"] = false
        statuses[index]["started"] = false
      }
      pod.status["containerStatuses"] = .array(statuses)
      pod.status["phase"] = .string(phase)
      let reason = phase == "Succeeded" ? "PodCompleted" : "PodFailed"
      for type in ["Ready", "ContainersReady"] {
        // A pod that never was ready changes at its end all the same.
        pod.setCondition(type, "False", reason, "", now)
        pod.touchCondition(type, now)
      }
    }
  }

  private mutating func stop(_ pod: KubernetesObject, _ run: inout PodRun) {
    for container in containers(pod).main {
      report(
        pod, "Killing",
        "Stopping container \(container["name"]?.string ?? "")")
    }
    change(pod.reference) { [now] pod in
      for type in ["Ready", "ContainersReady"] {
        pod.setCondition(type, "False", "ContainersNotReady", "", now)
      }
    }
    let grace = pod.metadata["deletionGracePeriodSeconds"]?.integer ?? 30
    run.due = now + min(configuration.timings.stop, .seconds(grace))
    agenda.add(Work(actor: .kubelet, object: pod.reference), at: run.due)
  }
}
