// A port of this machine that leads into a pod, held by `kubectl port-forward`.

import Kubernetes
import Platform
import Synchronization

final class KubectlPortForward: PortForward {
  let localPort: Int
  private let child: Task<Void, Never>

  private init(localPort: Int, child: Task<Void, Never>) {
    self.localPort = localPort
    self.child = child
  }

  deinit { child.cancel() }

  func close() async {
    child.cancel()
    await child.value
  }

  /// Starts the child and waits until it says which port it took.
  static func open(
    _ command: ChildCommand, processes: any Processes, time: any TimeSource,
    deadline: Duration
  ) async throws -> KubectlPortForward {
    let (ports, announce) = AsyncThrowingStream<Int, any Error>.makeStream()
    let child = Task {
      let output = Mutex("")
      let errors = Mutex("")
      let failure: ClusterError
      do {
        let status = try await processes.stream(command) { piece in
          switch piece {
          case .output(let bytes):
            let text = output.withLock { text in
              text += String(decoding: bytes, as: UTF8.self)
              return text
            }
            if let port = Self.port(in: text) { announce.yield(port) }
          case .errors(let bytes):
            errors.withLock { text in
              text = String(
                (text + String(decoding: bytes, as: UTF8.self)).suffix(4096))
            }
          }
        }
        failure = ToolFailure.ended(
          "kubectl port-forward", status: status,
          errors: errors.withLock { $0 })
      } catch let error as ProcessError {
        failure = ToolFailure.notStarted(error)
      } catch {
        failure = ClusterError(.cancelled, "cancelled")
      }
      announce.finish(throwing: failure)
    }
    do {
      let port = try await withDeadline(deadline, on: time) {
        for try await port in ports { return port }
        throw CancellationError()
      }
      return KubectlPortForward(localPort: port, child: child)
    } catch {
      child.cancel()
      await child.value
      if let error = error as? DeadlineExceeded {
        throw ClusterError(
          .deadline,
          "kubectl port-forward was not ready within "
            + error.limit.formattedSeconds)
      }
      throw error
    }
  }

  /// The port in `Forwarding from 127.0.0.1:41234 -> 5000`.
  static func port(in text: String) -> Int? {
    let start = "Forwarding from 127.0.0.1:"
    guard let range = text.firstRange(of: start),
      let end = text[range.upperBound...].firstIndex(of: " ")
    else { return nil }
    return Int(text[range.upperBound..<end])
  }
}
