// Real children: what they say, how they end, and that none is left behind.

import Foundation
import Glibc
import Platform
import Testing

@Suite struct ProcessTests {
  let processes = LocalProcesses()

  @Test func outputErrorsAndStatusComeBackApart() async throws {
    let result = try await processes.run(
      ChildCommand("sh", ["-c", "echo out; echo err >&2; exit 3"]))
    #expect(result.outputText == "out\n")
    #expect(result.errorText == "err\n")
    #expect(result.status == .exited(3))
    #expect(!result.isTruncated)
  }

  @Test func argumentsReachTheChildAsTheyAre() async throws {
    let arguments = ["a b", "$HOME", "*", "", "quote\"'"]
    let result = try await processes.run(
      ChildCommand("printf", ["%s\\n"] + arguments))
    #expect(
      result.outputText == arguments.map { $0 + "\n" }.joined())
  }

  @Test func inputIsReadToItsEnd() async throws {
    let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0) }
    let result = try await processes.run(
      ChildCommand("cat", input: .bytes(bytes)))
    #expect(result.output == bytes)
  }

  @Test func aChildThatIgnoresItsInputIsNoError() async throws {
    let bytes = [UInt8](repeating: 65, count: 1 << 20)
    let result = try await processes.run(
      ChildCommand("true", input: .bytes(bytes)))
    #expect(result.status == .exited(0))
  }

  @Test func environmentIsControlled() async throws {
    let processes = LocalProcesses(
      environment: ["PATH": "/usr/bin:/bin", "KEPT": "1", "GONE": "2"])
    let some = try await processes.run(
      ChildCommand("env", environment: ["GONE": nil, "NEW": "3"]))
    #expect(
      Set(some.outputText.split(separator: "\n"))
        == ["PATH=/usr/bin:/bin", "KEPT=1", "NEW=3"])
    let bare = try await processes.run(
      ChildCommand(
        "env", environment: ["ONLY": "1"], inheritsEnvironment: false))
    #expect(bare.outputText == "ONLY=1\n")
  }

  @Test func workingDirectoryIsTheChilds() async throws {
    let result = try await processes.run(
      ChildCommand("pwd", workingDirectory: "/usr"))
    #expect(result.outputText == "/usr\n")
  }

  @Test func moreOutputThanTheLimitIsCutAndSaidSo() async throws {
    let result = try await processes.run(
      ChildCommand("seq", ["1", "100000"]),
      limits: OutputLimits(output: 4, errors: 4), deadline: nil)
    #expect(result.outputText == "1\n2\n")
    #expect(result.isTruncated)
    #expect(result.status == .exited(0))
  }

  @Test func aSignalIsTheStatus() async throws {
    let result = try await processes.run(
      ChildCommand("sh", ["-c", "kill -9 $$"]))
    #expect(result.status == .killed(signal: 9))
    #expect(result.status.shellCode == 137)
  }

  @Test(arguments: ["no-such-program", "/no/such/program", "/etc/passwd", ""])
  func aMissingProgramIsAnError(name: String) async throws {
    let expected = ProcessError(executable: name, problem: .notFound)
    await #expect(throws: expected) {
      try await processes.run(ChildCommand(name))
    }
    #expect(throws: expected) {
      try processes.runInForeground(ChildCommand(name))
    }
    #expect(throws: expected) {
      try processes.startDetached(ChildCommand(name), output: "/dev/null")
    }
  }

  @Test func aDeadlineEndsTheWholeGroup() async throws {
    let folder = try PrivateFolder(prefix: "quarterdeck-test")
    // The child's own child ignores the polite signal.
    let script = """
      trap '' TERM
      sh -c 'trap "" TERM; echo $$ >\(folder.path)/pid; sleep 600' &
      wait
      """
    await #expect(throws: DeadlineExceeded.self) {
      try await processes.run(
        ChildCommand("sh", ["-c", script], grace: .milliseconds(50)),
        deadline: .milliseconds(700))
    }
    let pid = try #require(
      Int(text(of: folder.path + "/pid").dropLast()))
    try await eventually { ProcessIdentity(pid: pid)?.isRunning != true }
  }

  @Test func cancellationEndsTheWholeGroup() async throws {
    let folder = try PrivateFolder(prefix: "quarterdeck-test")
    let path = folder.path
    let task = Task {
      try await processes.run(
        ChildCommand(
          "sh",
          [
            "-c",
            "sleep 600 & echo $! >\(path)/part; mv \(path)/part \(path)/pid; wait",
          ]))
    }
    try await eventually { (try? LocalFiles().exists(path + "/pid")) == true }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    let pid = try #require(Int(text(of: path + "/pid").dropLast()))
    try await eventually { ProcessIdentity(pid: pid)?.isRunning != true }
  }

  @Test func outputIsHandedOverAsItComes() async throws {
    let (stream, continuation) = AsyncStream.makeStream(of: ChildOutput.self)
    let path = try PrivateFolder(prefix: "quarterdeck-test")
    let gate = path.path + "/gate"
    let task = Task {
      let status = try await processes.stream(
        ChildCommand(
          "sh",
          [
            "-c",
            "echo one; while [ ! -e \(gate) ]; do sleep 0.02; done; echo two",
          ])
      ) { continuation.yield($0) }
      continuation.finish()
      return status
    }
    var pieces = stream.makeAsyncIterator()
    #expect(await pieces.next() == .output(Array("one\n".utf8)))
    // Only now may the child go on, so the first line came while it ran.
    try LocalFiles().write([], to: gate)
    #expect(await pieces.next() == .output(Array("two\n".utf8)))
    #expect(await pieces.next() == nil)
    #expect(try await task.value == .exited(0))
  }

  @Test func anErrorOfTheReceiverEndsTheChild() async throws {
    struct Enough: Error {}
    await #expect(throws: Enough.self) {
      _ = try await processes.stream(ChildCommand("yes")) { _ in
        throw Enough()
      }
    }
  }

  @Test func aDetachedChildHasASessionOfItsOwnAndNoneOfOurFiles() async throws {
    let folder = try PrivateFolder(prefix: "quarterdeck-test")
    let output = folder.path + "/log"
    let script = """
      read -r line; echo "$line"
      cut -d' ' -f6 /proc/$$/stat; ls /proc/$$/fd | tr '\\n' ' '; echo
      echo err >&2; grep SigIgn /proc/$$/status
      """
    let child = try processes.startDetached(
      ChildCommand(
        "bash", ["-c", script], input: .bytes(Array("from a pipe\n".utf8))),
      output: output)
    try await eventually { !processes.isRunning(child) }
    let lines = text(of: output).split(separator: "\n")
    #expect(lines.first == "from a pipe")
    #expect(lines.dropFirst().first == Substring("\(child.pid)"))
    #expect(lines.contains("err"))
    // We ignore SIGPIPE; the child must not.
    let ignored = try #require(
      lines.last?.split(separator: "\t").last.flatMap { Int($0, radix: 16) })
    #expect(ignored & 1 << (Int(SIGPIPE) - 1) == 0)
    // bash opens 255 for a script; the three streams are all else.
    let descriptors = lines[2].split(separator: " ")
    #expect(Set(descriptors).subtracting(["255"]) == ["0", "1", "2"])
  }

  /// What a detached child reads waits in a pipe, so that we may end at once.
  @Test func aDetachedChildsInputFitsAPipe() async throws {
    let folder = try PrivateFolder(prefix: "quarterdeck-test")
    let output = folder.path + "/log"
    func count(_ size: Int) throws -> ProcessIdentity {
      try processes.startDetached(
        ChildCommand(
          "wc", ["-c"], input: .bytes([UInt8](repeating: 0x61, count: size))),
        output: output)
    }
    let child = try count(65_536)
    try await eventually { !child.isRunning }
    #expect(text(of: output) == "65536\n")
    let refused = #expect(throws: ProcessError.self) { try count(65_537) }
    #expect(
      refused?.description.contains("too long") == true, "\(refused as Any)")
  }

  @Test func aDetachedChildOutlivesItsStartersGroup() async throws {
    let folder = try PrivateFolder(prefix: "quarterdeck-test")
    let child = try processes.startDetached(
      ChildCommand("sleep", ["600"]), output: folder.path + "/log")
    #expect(child.isRunning)
    #expect(getsid(pid_t(child.pid)) == pid_t(child.pid))
    #expect(getpgid(pid_t(child.pid)) != getpgrp())
    #expect(try processes.send(.kill, to: child, wholeGroup: true))
    try await eventually { !child.isRunning }
    #expect(try !processes.send(.kill, to: child, wholeGroup: true))
  }

  @Test func aProcessNumberUsedAgainIsAnotherProcess() throws {
    var identity = try #require(ProcessIdentity.current)
    #expect(identity.isRunning)
    identity.startTicks += 1
    #expect(!identity.isRunning)
    var otherBoot = try #require(ProcessIdentity.current)
    otherBoot.boot = "another"
    #expect(!otherBoot.isRunning)
    #expect(ProcessIdentity(pid: 1 << 30) == nil)
  }

  @Test func foregroundStatusIsTheChilds() throws {
    #expect(
      try processes.runInForeground(ChildCommand("sh", ["-c", "exit 7"]))
        == .exited(7))
    #expect(
      try processes.runInForeground(ChildCommand("sh", ["-c", "kill -15 $$"]))
        == .killed(signal: 15))
  }

  @Test func aChildDiesWithTheProcessThatStartedItHoweverThatDies()
    async throws
  {
    let note = "/tmp/quarterdeck-test-tether-\(getpid())"
    await #expect(processExitsWith: .signal(SIGKILL)) {
      let note = "/tmp/quarterdeck-test-tether-\(getppid())"
      let script =
        "echo $$ >\(note).part; mv \(note).part \(note); exec sleep 600"
      let child = Task {
        try await LocalProcesses().run(ChildCommand("sh", ["-c", script]))
      }
      while (try? LocalFiles().exists(note)) != true {
        try await Task.sleep(for: .milliseconds(10))
      }
      kill(getpid(), SIGKILL)
      _ = try await child.value
    }
    let pid = try #require(Int(text(of: note).dropLast()))
    try await eventually { ProcessIdentity(pid: pid)?.isRunning != true }
    try LocalFiles().remove(note)
  }

  private func text(of path: String) -> String {
    let bytes = (try? LocalFiles().read(path).bytes) ?? []
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// Waits until something holds, for at most some seconds.
func eventually(
  _ condition: @escaping () -> Bool,
  sourceLocation: SourceLocation = #_sourceLocation
) async throws {
  for _ in 0..<500 {
    if condition() { return }
    try await Task.sleep(for: .milliseconds(20))
  }
  Issue.record("it never became true", sourceLocation: sourceLocation)
}
