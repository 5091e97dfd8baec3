// A run's process: it executes a frozen plan and writes the journal. It shows
// nothing; whoever wants to see the run follows the journal.

import Kubernetes
import Platform
import Stack

/// Executes frozen plans.
public struct RunWorker: Sendable {
  private let context: RunContext
  /// `user@host:pid`.
  private let holder: String

  public init(_ context: RunContext, holder: String = Host.holder) {
    self.context = context
    self.holder = holder
  }

  /// Executes the frozen plan of a run to its end, whatever that is.
  ///
  /// Everything that happens is in the journal; the result says whether the
  /// run went through.
  ///
  /// - Throws: when there is no plan to execute, or the journal cannot be
  ///   written.
  public func run(_ directory: String, number: Int) async throws -> Bool {
    let layout = StackLayout(directory: directory)
    let files = RunFiles(layout, number: number)
    let plan = try RunCoding.decode(
      Plan.self, from: try context.files.read(files.plan).bytes)
    var consent = RunConsent()
    if try context.files.exists(files.consent) {
      consent = try RunCoding.decode(
        RunConsent.self, from: try context.files.read(files.consent).bytes)
    }
    let journal = try JournalWriter(
      files: context.files, path: files.journal, time: context.time)
    let identity =
      ProcessIdentity.current
      ?? ProcessIdentity(pid: Host.processID, startTicks: 0, boot: "")
    try await journal.write(
      .started(
        RunHeader(
          number: number, operation: plan.operation, engine: plan.engine,
          holder: "\(Host.userName)@\(Host.name)", process: identity,
          plan: plan.inputs.digest)))
    let execution = RunExecution(
      context: context, plan: plan, consent: consent, files: files,
      layout: layout, journal: journal, holder: holder)
    var failure: String?
    do {
      failure = try await execution.run()
    } catch {
      failure = "\(error)".printable
    }
    try await journal.write(
      .finished(succeeded: failure == nil, sentence: failure))
    return failure == nil
  }
}
