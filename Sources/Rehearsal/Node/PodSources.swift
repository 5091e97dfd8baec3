// The ConfigMaps and Secrets that a pod cannot start without.

import Kubernetes

extension World {
  func missingVolume(_ pod: KubernetesObject) -> (String, String)? {
    func missing(_ source: JSON?, _ key: String, _ kind: ObjectKind) -> String?
    {
      guard let source, source["optional"] != true,
        let name = source[key]?.string
      else { return nil }
      guard let object = object(kind, pod.namespace, name) else {
        return "\(kind.kind.lowercased()) \"\(name)\" not found"
      }
      for item in source["items"]?.array ?? [] {
        let wanted = item["key"]?.string ?? ""
        if object.json["data"]?[wanted] == nil,
          object.json["binaryData"]?[wanted] == nil
        {
          return
            "references non-existent \(kind.kind.lowercased()) key: \(wanted)"
        }
      }
      return nil
    }
    for volume in pod.spec["volumes"]?.array ?? [] {
      let name = volume["name"]?.string ?? ""
      var sources = [volume]
      sources += volume["projected"]?["sources"]?.array ?? []
      for source in sources {
        if let text =
          missing(source["configMap"], "name", .configMap)
          ?? missing(source["secret"], "secretName", .secret)
          ?? missing(source["secret"], "name", .secret)
        {
          return (name, text)
        }
      }
    }
    return nil
  }

  /// The first variable whose source does not exist, as the kubelet says it.
  func missingVariable(_ container: JSON, _ pod: KubernetesObject)
    -> String?
  {
    func missing(_ source: JSON?, _ kind: ObjectKind) -> String? {
      guard let source, source["optional"] != true,
        let name = source["name"]?.string
      else { return nil }
      guard let object = object(kind, pod.namespace, name) else {
        return "\(kind.kind.lowercased()) \"\(name)\" not found"
      }
      if let key = source["key"]?.string, object.json["data"]?[key] == nil {
        return "couldn't find key \(key) in \(kind.kind) "
          + "\(pod.namespace ?? "")/\(name)"
      }
      return nil
    }
    for source in container["envFrom"]?.array ?? [] {
      if let text =
        missing(source["configMapRef"], .configMap)
        ?? missing(source["secretRef"], .secret)
      {
        return text
      }
    }
    for variable in container["env"]?.array ?? [] {
      if let text =
        missing(variable["valueFrom"]?["configMapKeyRef"], .configMap)
        ?? missing(variable["valueFrom"]?["secretKeyRef"], .secret)
      {
        return text
      }
    }
    return nil
  }
}
