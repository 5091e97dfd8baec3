// The real parts that every command works with, put together once.

import Ansible
import AnsibleKubernetes
import Catalogue
import Kubernetes
import Platform
import Stack

/// The machine's files, processes and clock, the catalogue, and what stands
/// on them.
struct Workshop: Sendable {
  let files = LocalFiles()
  let processes = LocalProcesses()
  let time = SystemTime()
  let environment: [String: String]
  /// The catalogue's directory of roles.
  let catalogue: String
  let vault: Vault
  let store: StackStore
  let engine: RoleEngine

  /// - Throws: ``Failure`` where the catalogue's roles are not found.
  init(vault: Vault = Vault()) throws {
    environment = currentEnvironment()
    self.vault = vault
    do {
      catalogue = try Catalogue.directory(of: .roles, environment: environment)
    } catch {
      throw Failure(.badInput, error.description)
    }
    store = StackStore(files: files, catalogue: catalogue, vault: vault)
    engine = RoleEngine(environment: environment)
  }

  /// Does what may end in a problem of the stack, and says it as a failure.
  static func checked<Result>(
    _ work: () throws(StackProblem) -> Result
  ) throws(Failure) -> Result {
    do {
      return try work()
    } catch {
      throw Failure(problem: error)
    }
  }
}

extension Failure {
  init(problem: StackProblem) {
    self.init(
      problem.kind == .wrongCluster ? .held : .badInput, problem.description)
  }
}
