// The modules for Kubernetes that this engine has.

import Ansible

extension ModuleTable {
  /// The modules for this machine, and those over a cluster.
  static func all(over port: ClusterPort) -> ModuleTable {
    ModuleTable(
      ModuleTable.builtin + [
        K8sModule(port: port), K8sInfoModule(port: port),
        K8sScaleModule(port: port), K8sExecModule(port: port),
        K8sLogModule(port: port), K8sJSONPatchModule(port: port),
        K8sRollbackModule(port: port), K8sClusterInfoModule(port: port),
        K8sCopyModule(port: port), K8sDrainModule(port: port),
        K8sServiceModule(port: port), K8sStatusModule(port: port),
        K8sTaintModule(port: port),
      ])
  }
}
