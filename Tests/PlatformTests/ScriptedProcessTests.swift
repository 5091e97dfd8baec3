// The scripted twin keeps to the rules of the real children.

import Platform
import Testing

@Suite struct ScriptedProcessTests {
  @Test func theScriptAnswersAndCommandsAreRemembered() async throws {
    let processes = ScriptedProcesses { command in
      ChildResult(
        status: .exited(command.arguments.count), output: [1, 2, 3],
        errors: [4])
    }
    let command = ChildCommand("kubectl", ["version"])
    let result = try await processes.run(
      command, limits: OutputLimits(output: 2, errors: 1), deadline: nil)
    #expect(
      result
        == ChildResult(
          status: .exited(1), output: [1, 2], errors: [4], isTruncated: true))
    #expect(processes.commands == [command])
  }

  @Test func aDeadlineIsMeasuredOnTheGivenClock() async throws {
    let time = HandTurnedTime()
    let processes = ScriptedProcesses(time: time) { _ in
      try await time.sleep(for: .seconds(100))
      return ChildResult()
    }
    let task = Task {
      try await processes.run(ChildCommand("slow"), deadline: .seconds(3))
    }
    await time.waitForSleepers(2)
    time.advance(by: .seconds(3))
    await #expect(throws: DeadlineExceeded.self) { try await task.value }
  }

  @Test func detachedChildrenRunUntilTheyAreEnded() throws {
    let processes = ScriptedProcesses()
    let one = try processes.startDetached(ChildCommand("a"), output: "/log")
    let two = try processes.startDetached(ChildCommand("b"), output: "/log")
    #expect(processes.isRunning(one) && processes.isRunning(two))
    #expect(try processes.send(.terminate, to: one, wholeGroup: false))
    #expect(try !processes.send(.terminate, to: one, wholeGroup: false))
    processes.end(two)
    #expect(!processes.isRunning(one) && !processes.isRunning(two))
    #expect(processes.signals.count == 1)
  }
}
