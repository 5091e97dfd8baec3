// Freezes a plan and starts the process that executes it.

import Kubernetes
import Platform
import Stack

/// Starts runs.
public struct RunLauncher: Sendable {
  private let context: RunContext
  /// Our own program and the words that make it execute a run: the stack's
  /// directory and the run's number are appended.
  private let program: String
  private let arguments: [String]

  /// A launcher of `program arguments… DIRECTORY NUMBER`.
  public init(
    _ context: RunContext, program: String, arguments: [String]
  ) {
    self.context = context
    self.program = program
    self.arguments = arguments
  }

  /// Freezes a plan and starts its run, detached from us and our terminal.
  ///
  /// The number of the run may differ from the plan's when another one was
  /// started meanwhile.
  ///
  /// - Throws: ``RunProblem`` when the plan has obstacles, lacks consent, or
  ///   is out of date; `StackProblem`, `FileError`, `ProcessError`.
  public func start(
    _ plan: Plan, consent: RunConsent = RunConsent(), for stack: OpenStack
  ) async throws -> Int {
    let files = try await freeze(plan, consent: consent, for: stack)
    var command = ChildCommand(
      program, arguments, workingDirectory: stack.layout.directory)
    if !context.vault.secrets.isEmpty {
      command.arguments.append(VaultHandover.option)
      command.input = .bytes(try VaultHandover.bytes(of: context.vault))
    }
    command.arguments += [stack.layout.directory, "\(files.number)"]
    let process = try context.processes.startDetached(
      command, output: files.output)
    try await waitForFirstWord(of: process, files)
    return files.number
  }

  /// Writes the files of a run, so that a worker can execute it.
  public func freeze(
    _ plan: Plan, consent: RunConsent = RunConsent(), for stack: OpenStack
  ) async throws -> RunFiles {
    if let obstacle = plan.obstacles.first { throw RunProblem(obstacle) }
    for object in plan.conflicted
    where !consent.forced.contains(object.reference) {
      let managers = Set(object.conflicts.map(\.manager)).sorted()
      throw RunProblem(
        "\(object.reference) has fields that \(managers.joined(separator: ", "))"
          + " set: take them over (--force), or leave them out")
    }
    let names = plan.components.map(\.name)
    guard
      InputFiles.digests(stack, of: names, context.files) == plan.inputs.files
    else {
      throw RunProblem(
        "the stack's files were changed since the plan was made; plan again")
    }
    var frozen = plan
    let stack = try await record(plan, stack)
    frozen.inputs.files = InputFiles.digests(
      stack, of: names, context.files)
    let files = try claimNumber(stack.layout)
    frozen.number = files.number
    try context.files.write(
      try RunCoding.encode(frozen), to: files.plan, mode: .secret)
    try context.files.write(
      try RunCoding.encode(consent), to: files.consent, mode: .secret)
    return files
  }

  /// Writes what the first plan for a cluster settles into the stack.
  private func record(
    _ plan: Plan, _ stack: OpenStack
  ) async throws -> OpenStack {
    var stack = stack
    // A rehearsal's cluster is nobody's: the stack stays free to choose.
    if !plan.isRehearsal, !plan.inputs.clusterUID.isEmpty,
      stack.contents.settings.clusterUID != plan.inputs.clusterUID
    {
      let variables = ClusterVariables.of(
        try await context.cluster.resources())
      stack = try context.store.apply(
        [
          .recordCluster(
            uid: plan.inputs.clusterUID,
            policyVersion: variables[ClusterVariables.policyVersion]?.string)
        ], to: stack)
    }
    try context.store.writePlaybooks(stack)
    return try context.store.open(stack.layout.directory)
  }

  private func claimNumber(_ layout: StackLayout) throws(FileError) -> RunFiles
  {
    try context.files.makePrivateFolder(layout.runs)
    let lock = try context.files.lock(
      layout.runs + "/.lock", wait: .seconds(5))
    defer { lock.release() }
    let last = RunFiles.numbers(layout, context.files).last ?? 0
    let files = RunFiles(layout, number: last + 1)
    try context.files.makePrivateFolder(files.directory)
    return files
  }

  private func waitForFirstWord(
    of process: ProcessIdentity, _ files: RunFiles
  ) async throws {
    var reader = JournalReader(files: context.files, path: files.journal)
    let deadline = context.time.uptime + .seconds(20)
    while context.time.uptime < deadline {
      if try !reader.read().isEmpty { return }
      if !context.processes.isRunning(process) {
        if try !reader.read().isEmpty { return }
        let output = try? context.files.read(files.output).bytes
        let last =
          String(decoding: output ?? [], as: UTF8.self)
          .split(separator: "\n").last.map(String.init) ?? "no output"
        throw RunProblem(
          "the run's process ended at once: \(last.printable)")
      }
      try await context.time.sleep(for: .milliseconds(20))
    }
    throw RunProblem("the run's process does not start; see \(files.output)")
  }

  /// Tells a run something.
  public func tell(
    _ order: RunOrder, run number: Int, of stack: OpenStack
  ) throws(FileError) {
    let files = RunFiles(stack.layout, number: number)
    try context.files.append(
      Array("\(order.rawValue)\n".utf8), to: files.orders, mode: .secret,
      synced: false)
  }
}
