// What a deployment leaves the operator with: addresses, and a clouds.yaml.

import Kubernetes
import Stack

/// Finds out how services are reached.
public enum ClosingPages {
  /// The endpoints of some components; the clouds.yaml is left out, because
  /// the page goes into the journal.
  static func page(
    of components: [Component], on cluster: any ClusterReader,
    namespace: String, context: String?
  ) async -> ClosingPage {
    var endpoints: [ReachableEndpoint] = []
    for component in components {
      for rule in component.endpoints {
        let reference = ObjectReference(
          .service, namespace: namespace, name: rule.service)
        guard let service = try? await cluster.find(reference) else {
          continue
        }
        let nodes =
          service.spec["type"]?.string == "NodePort"
          ? (try? await cluster.listAll(ListQuery(.node)).items) ?? [] : []
        let (url, how) = address(rule, service, nodes, context)
        endpoints.append(
          ReachableEndpoint(
            component: component.name, name: rule.name, url: url, how: how))
      }
    }
    return ClosingPage(endpoints: endpoints, cloudsFile: nil)
  }

  /// The clouds.yaml that a role left in a Secret of the namespace.
  ///
  /// It holds the administrator's password.
  public static func cloudsFile(
    _ cluster: any ClusterReader, namespace: String
  ) async -> String? {
    let reference = ObjectReference(
      .secret, namespace: namespace, name: "keystone-clouds")
    guard let secret = try? await cluster.find(reference),
      let text = secret.json["data"]?["clouds.yaml"]?.string,
      let bytes = RunCoding.bytes(base64: text)
    else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// How a Service is reached from outside the cluster.
  static func address(
    _ rule: EndpointRule, _ service: KubernetesObject,
    _ nodes: [KubernetesObject], _ context: String?
  ) -> (url: String?, how: String) {
    let type = service.spec["type"]?.string ?? "ClusterIP"
    if type == "LoadBalancer" {
      let ingress = service.status["loadBalancer"]?["ingress"]?[0]
      guard let host = ingress?["ip"]?.string ?? ingress?["hostname"]?.string
      else {
        return (nil, "the load balancer has no address yet")
      }
      return (url(host.printable, rule.port, rule.path), "load balancer")
    }
    if type == "NodePort" {
      let ports = service.spec["ports"]?.array ?? []
      let port = ports.first { $0["port"]?.integer == rule.port } ?? ports.first
      let addresses = nodes.flatMap { $0.status["addresses"]?.array ?? [] }
      let address =
        addresses.first { $0["type"]?.string == "ExternalIP" }
        ?? addresses.first { $0["type"]?.string == "InternalIP" }
      if let number = port?["nodePort"]?.integer,
        let host = address?["address"]?.string
      {
        return (url(host.printable, number, rule.path), "port of every node")
      }
    }
    let place = context.map { " --context \($0.printable)" } ?? ""
    return (
      url("localhost", rule.port, rule.path),
      "while this runs: kubectl\(place) -n \(service.namespace ?? "default") "
        + "port-forward service/\(rule.service) \(rule.port)"
    )
  }

  private static func url(_ host: String, _ port: Int, _ path: String) -> String
  {
    let name = host.contains(":") ? "[\(host)]" : host
    return "http://\(name):\(port)\(path)"
  }
}
