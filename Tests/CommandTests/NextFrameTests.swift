// The reason of a bad image is on the screen in the frame that is drawn from
// the first picture in which the pod has it: a real run of the catalogue's
// roles, on a clock that this test turns.

import AnsibleKubernetes
import Catalogue
import Foundation
import Kubernetes
import Platform
import Rehearsal
import Stack
import Terminal
import Testing

@testable import Console
@testable import Run

@Suite struct NextFrameTests {
  private let directory =
    NSTemporaryDirectory() + "quarterdeck-\(UUID().uuidString)"
  private let time = HandTurnedTime()

  private func context() throws -> RunContext {
    let catalogue = try Catalogue.directory(of: .roles, environment: [:])
    let files = LocalFiles()
    return RunContext(
      store: StackStore(files: files, catalogue: catalogue),
      engine: RoleEngine(environment: [:]),
      cluster: Rehearsal(clock: .following(time)), files: files,
      processes: LocalProcesses(), time: time, catalogue: catalogue,
      environment: [:])
  }

  /// Whether a pod of memcached waits for an image that does not exist.
  private func hasReason(_ nodes: [RolloutTree.Node]) -> Bool {
    nodes.contains { node in
      // A slow machine may see the second for the first.
      (node.name.hasPrefix("memcached-")
        && ["ErrImagePull", "ImagePullBackOff"].contains(node.status))
        || hasReason(node.children)
    }
  }

  @Test func theReasonIsInTheNextFrame() async throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let context = try context()
    let rehearsal = try #require(context.cluster as? Rehearsal)
    try await rehearsal.add(try Fault(parsing: "image:memcached"))
    let stack = try context.store.create(
      directory, services: ["memcached"],
      settings: StackSettings(isRehearsal: true))
    let plan = try await Planner(context).plan(stack).plan
    let files = try await RunLauncher(
      context, program: "/bin/false", arguments: []
    ).freeze(plan, for: stack)
    let worker = Task {
      try await RunWorker(context).run(directory, number: files.number)
    }
    defer { worker.cancel() }
    let turning = Task {
      while !Task.isCancelled {
        try await Task.sleep(for: .milliseconds(4))
        time.advance(by: .milliseconds(50))
      }
    }
    defer { turning.cancel() }
    var state = ConsoleState(
      size: Size(columns: 100, rows: 30), now: context.now)
    let open = state.begin()[0].id
    _ = reduce(
      &state,
      .answer(.stack, id: open, .success(.opening(.stack(stack.contents)))))
    let follow = try #require(state.follow(files.number).first)
    _ = state.show(.rollout)
    var before: [String] = []
    var first: String?
    for try await followed in RunFollower(context).follow(
      files.number, of: stack.layout)
    {
      state.now = context.now
      _ = reduce(
        &state,
        .answer(.follow, id: follow.id, .success(.snapshot(followed))))
      let text = view(state, size: state.size, glyphs: .unicode).text
      guard hasReason(followed.tree.components) else {
        before.append(text)
        continue
      }
      // The very first picture with the reason: it names the image.
      first = text
      break
    }
    let frame = try #require(first, "the pod never had the reason")
    #expect(
      frame.contains("memcached:2025.2-debian-bookworm does not exist"),
      "\(frame)")
    // An event may tell of it before the pod does, but nothing tells at once.
    #expect(before.first?.contains("does not exist") == false)
  }
}
