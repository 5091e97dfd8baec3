// The modules of kubernetes.core that this engine has.

import Ansible

extension ModuleTable {
  /// The built-in modules and those of kubernetes.core over a cluster.
  static func all(over port: ClusterPort) -> ModuleTable {
    ModuleTable(
      ModuleTable.builtin + [
        K8sModule(port: port), K8sInfoModule(port: port),
        K8sScaleModule(port: port), K8sExecModule(port: port),
        K8sLogModule(port: port), K8sJSONPatchModule(port: port),
        K8sRollbackModule(port: port), K8sClusterInfoModule(port: port),
      ])
  }
}
