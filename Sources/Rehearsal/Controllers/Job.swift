// The Job controller: pods until enough have succeeded, or too many failed.

import Kubernetes

extension World {
  mutating func reconcileJob(_ reference: ObjectReference) {
    guard let job = objects[reference], !job.isTerminating else { return }
    let pods = controlled(by: job.uid, .pod)
    if job.isFinishedJob {
      expire(job)
      return
    }
    if job.spec["suspend"] == true {
      for pod in pods where !pod.isFinishedPod && !pod.isTerminating {
        dropPod(pod, of: job)
      }
      change(reference) { [now] in
        $0.setCondition(
          "Suspended", "True", "JobSuspended", "Job suspended", now)
      }
      return
    }
    let succeeded = pods.count { $0.phase == "Succeeded" }
    let failed = pods.count { $0.phase == "Failed" }
    let active = pods.filter { !$0.isFinishedPod && !$0.isTerminating }
    let completions = job.spec["completions"]?.integer ?? 1
    let limit = job.spec["backoffLimit"]?.integer ?? 6
    let restarts = active.reduce(0) { sum, pod in
      sum
        + (pod.status["containerStatuses"]?.array ?? []).reduce(0) {
          $0 + ($1["restartCount"]?.integer ?? 0)
        }
    }
    var ended: (type: String, reason: String, message: String)?
    if failed > limit || restarts > 0 && restarts + failed > limit {
      ended = (
        "Failed", "BackoffLimitExceeded",
        "Job has reached the specified backoff limit"
      )
    } else if let seconds = job.spec["activeDeadlineSeconds"]?.integer,
      let start = (job.status["startTime"]?.string).flatMap(Instant.init),
      now >= start + .seconds(seconds)
    {
      ended = (
        "Failed", "DeadlineExceeded",
        "Job was active longer than specified deadline"
      )
    } else if succeeded >= completions {
      ended = (
        "Complete", "CompletionsReached",
        "Reached expected number of succeeded pods"
      )
    }
    if let ended {
      for pod in active { dropPod(pod, of: job) }
      reportJob(reference, 0, failed, succeeded, ended)
      return
    }
    let wanted = min(
      job.spec["parallelism"]?.integer ?? 1, completions - succeeded)
    // After a failure the next try waits, 10 s the first time, then double.
    let last = pods.filter { $0.phase == "Failed" }
      .compactMap { $0.condition("Ready")?.lastTransitionTime }.max()
    let pause = Duration.seconds(10 * (1 << min(max(0, failed - 1), 5)))
    if active.count < wanted {
      if let last, now < last + pause {
        agenda.add(Work(actor: .job, object: reference), at: last + pause)
      } else {
        for _ in active.count..<wanted {
          makePod(job.spec["template"] ?? [:], named: nil, owner: job)
        }
      }
    }
    let running = controlled(by: job.uid, .pod).count {
      !$0.isFinishedPod && !$0.isTerminating
    }
    reportJob(reference, running, failed, succeeded, nil)
  }

  private mutating func reportJob(
    _ reference: ObjectReference, _ active: Int, _ failed: Int,
    _ succeeded: Int, _ ended: (type: String, reason: String, message: String)?
  ) {
    guard let job = objects[reference] else { return }
    if job.status["startTime"] == nil,
      let seconds = job.spec["activeDeadlineSeconds"]?.integer
    {
      wake(.job, reference, after: .seconds(seconds))
    }
    change(reference) { [now] job in
      if job.status["startTime"] == nil {
        job.status["startTime"] = .string(now.timestamp)
      }
      for (name, count) in [
        ("active", active), ("failed", failed), ("succeeded", succeeded),
      ] {
        job.status[name] = count > 0 ? .integer(count) : nil
      }
      guard let ended else { return }
      job.setCondition(ended.type, "True", ended.reason, ended.message, now)
      if ended.type == "Complete" {
        job.status["completionTime"] = .string(now.timestamp)
      }
    }
    guard let ended, let job = objects[reference] else { return }
    note(
      job, ended.type == "Complete" ? "Completed" : ended.reason,
      ended.type == "Complete" ? "Job completed" : ended.message,
      isWarning: ended.type != "Complete", from: "job-controller")
  }

  /// Removes a Job that has ended, once its time to live is over.
  private mutating func expire(_ job: KubernetesObject) {
    guard let seconds = job.spec["ttlSecondsAfterFinished"]?.integer,
      let end = (job.condition("Complete") ?? job.condition("Failed"))?
        .lastTransitionTime
    else { return }
    let time = end + .seconds(seconds)
    if now >= time {
      _ = try? deleteQuietly(job.reference, .background)
    } else {
      agenda.add(Work(actor: .job, object: job.reference), at: time)
    }
  }
}

extension KubernetesObject {
  var isFinishedJob: Bool {
    condition("Complete")?.isTrue == true || condition("Failed")?.isTrue == true
  }
}
