// The hand-turned clock and deadlines on it.

import Platform
import Testing

@Suite struct TimeTests {
  @Test func sleepersWakeWhenTheirTimeHasCome() async throws {
    let time = HandTurnedTime()
    let woken = Log()
    let tasks = [3, 1, 2].map { seconds in
      Task {
        try await time.sleep(for: .seconds(seconds))
        await woken.add(seconds)
      }
    }
    await time.waitForSleepers(3)
    time.advance(by: .seconds(1))
    try await tasks[1].value
    #expect(time.sleeperCount == 2)
    time.advance(by: .seconds(5))
    for task in tasks { try await task.value }
    #expect(await woken.entries.first == 1)
    #expect(time.uptime == .seconds(6))
  }

  @Test func aCancelledSleepThrows() async throws {
    let time = HandTurnedTime()
    let task = Task { try await time.sleep(for: .seconds(1)) }
    await time.waitForSleepers(1)
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(time.sleeperCount == 0)
  }

  @Test func theWallClockMayJump() {
    let time = HandTurnedTime(wallTime: .seconds(100))
    time.setWallTime(.seconds(50))
    #expect(time.wallTime == .seconds(50))
    #expect(time.uptime == .zero)
  }

  @Test func aDeadlineCancelsTheOperation() async throws {
    let time = HandTurnedTime()
    let task = Task {
      try await withDeadline(.seconds(5), on: time) {
        try await time.sleep(for: .seconds(60))
        return 1
      }
    }
    await time.waitForSleepers(2)
    time.advance(by: .seconds(5))
    await #expect(throws: DeadlineExceeded(limit: .seconds(5))) {
      try await task.value
    }
    #expect(time.sleeperCount == 0)
  }

  @Test func anAnswerInTimeIsTheResult() async throws {
    let time = HandTurnedTime()
    #expect(try await withDeadline(.seconds(5), on: time) { 7 } == 7)
    #expect(try await withDeadline(nil, on: time) { 8 } == 8)
    let nothing: Int? = try await withDeadline(.seconds(5), on: time) { nil }
    #expect(nothing == nil)
  }

  @Test(arguments: [
    (Duration.seconds(30), "30 s"), (.milliseconds(500), "0.5 s"),
    (.milliseconds(1960), "2 s"), (.zero, "0 s"),
  ])
  func durationsAreWrittenInSeconds(_ duration: Duration, _ text: String) {
    #expect(duration.formattedSeconds == text)
  }

  @Test func theMachinesClockIsLaterThanThisProject() async throws {
    #expect(SystemTime().wallTime > .seconds(1_767_225_600))
    let before = SystemTime().uptime
    try await SystemTime().sleep(for: .milliseconds(5))
    #expect(SystemTime().uptime >= before + .milliseconds(5))
  }
}

private actor Log {
  var entries: [Int] = []
  func add(_ entry: Int) { entries.append(entry) }
}
