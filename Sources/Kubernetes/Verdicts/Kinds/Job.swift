// Job: Current only when complete. A running migration is not a finished one.
//
//   spec: {completions: 1, backoffLimit: 6}
//   status: {active: 1, failed: 2, conditions: [{type: Failed, status: "True",
//     reason: BackoffLimitExceeded, message: …}]}

enum JobRule: VerdictRule {
  static func judge(_ object: KubernetesObject, _ around: Circumstances)
    -> Verdict
  {
    let active = object.count("active")
    let failed = object.count("failed")
    let succeeded = object.count("succeeded")
    let counts = "\(active) active, \(failed) failed, \(succeeded) succeeded"
    if let complete = object.condition("Complete"), complete.isTrue {
      return Verdict(.current, "Complete", "is complete (\(counts))")
    }
    let pods = object.uid.map(around.snapshot.pods(ownedBy:)) ?? []
    let troubles = PodTroubles(pods, around)
    if let end = object.condition("Failed"), end.isTrue {
      return Verdict(
        .failed, end.word("Failed"),
        (troubles.sentence(around) ?? end.clause("failed")) + " (\(counts))")
    }
    if object.json["spec"]?["suspend"]?.bool == true {
      return Verdict(.inProgress, "Suspended", "is suspended (\(counts))")
    }
    // A pod that failed was one attempt; only one that still waits can be
    // beyond hope.
    let waiting = PodTroubles(
      pods.filter { !$0.isFinished && !$0.isTerminating }, around)
    if let (_, doom) = waiting.fatal.first,
      let sentence = waiting.sentence(around)
    {
      return Verdict(.failed, doom.reason, sentence)
    }
    if let sentence = waiting.sentence(around) ?? troubles.sentence(around) {
      return Verdict(
        .inProgress, failed > 0 ? "Retrying" : "Running",
        "\(counts), \(sentence)")
    }
    if active == 0, failed == 0, succeeded == 0 {
      return Verdict(.inProgress, "NotStarted", "waits for its first pod")
    }
    return Verdict(
      .inProgress, failed > 0 ? "Retrying" : "Running", "runs (\(counts))")
  }
}

/// CronJob: there is nothing to wait for but its Jobs' own failures.
enum CronJobRule: VerdictRule {
  static func judge(_ object: KubernetesObject, _ around: Circumstances)
    -> Verdict
  {
    let schedule = object.json["spec"]?["schedule"]?.string ?? ""
    if object.json["spec"]?["suspend"]?.bool == true {
      return Verdict(.current, "Suspended", "is suspended (\(schedule))")
    }
    let active = object.json["status"]?["active"]?.array?.count ?? 0
    return Verdict(
      .current, active > 0 ? "Active" : "Scheduled",
      active > 0
        ? "\(counted(active, "job")) running (\(schedule))"
        : "is scheduled (\(schedule))")
  }
}
