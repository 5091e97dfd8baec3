// Whether this machine is a guest or a host of others, and by what means: the
// traces that hypervisors and container engines leave, in Ansible's order.

import Jinja

extension FactReader {
  func virtualization() -> Parameters {
    var signs = VirtualSigns()
    lookAtContainers(&signs)
    lookAtFirmware(&signs)
    lookAtProcessors(&signs)
    lookAtModules(&signs)
    return [
      "virtualization_type": Value(signs.found?.kind ?? "NA"),
      "virtualization_role": Value(signs.found?.role ?? "NA"),
      "virtualization_tech_guest": .list(
        signs.guests.sorted().map { Value($0) }),
      "virtualization_tech_host": .list(signs.hosts.sorted().map { Value($0) }),
    ]
  }

  /// What was found so far: the first trace names the machine's kind.
  private struct VirtualSigns {
    var guests: Set<String> = []
    var hosts: Set<String> = []
    private(set) var found: (kind: String, role: String)?

    mutating func guest(_ kind: String) {
      guests.insert(kind)
      name(kind, "guest")
    }

    mutating func host(_ kind: String) {
      hosts.insert(kind)
      name(kind, "host")
    }

    mutating func name(_ kind: String, _ role: String) {
      found = found ?? (kind, role)
    }
  }

  private func lookAtContainers(_ signs: inout VirtualSigns) {
    for line in source.lines("/proc/1/cgroup") {
      if line.contains("/docker/")
        || line.firstMatch(of: /\/docker-[0-9a-f]+\.scope/) != nil
      {
        signs.guest("docker")
      }
      if line.contains("/lxc/") || line.contains("/machine.slice/machine-lxc") {
        signs.guest("lxc")
      }
      if line.contains("/system.slice/containerd.service") {
        signs.guest("containerd")
      }
    }
    for entry in (source.text("/proc/1/environ") ?? "").split(separator: "\0") {
      if entry.contains("container=lxc") { signs.guest("lxc") }
      if entry.contains("container=podman") { signs.guest("podman") }
      if entry.hasPrefix("container="), entry.count > "container=".count {
        signs.guest("container")
      }
    }
    if source.exists("/proc/vz"), !source.exists("/proc/lve") {
      source.exists("/proc/bc") ? signs.host("openvz") : signs.guest("openvz")
    }
    let systemd = source.text("/run/systemd/container")
    if let systemd { signs.guest(systemd) }
    if source.exists("/.dockerenv") || source.exists("/.dockerinit") {
      signs.guest("docker")
    }
    let engines: Set<String> = [
      "docker", "lxc", "podman", "openvz", "containerd",
    ]
    if systemd != nil || !signs.guests.isDisjoint(with: engines) {
      signs.guests.insert("container")
    }
    if source.exists("/proc/xen") {
      if (source.text("/proc/xen/capabilities") ?? "").contains("control_d") {
        signs.host("xen")
      } else {
        signs.name("xen", "guest")
      }
    }
  }

  private func lookAtFirmware(_ signs: inout VirtualSigns) {
    func firmware(_ name: String) -> String {
      source.text("/sys/devices/virtual/dmi/id/\(name)") ?? ""
    }
    let product = firmware("product_name")
    let vendor = firmware("sys_vendor")
    let family = firmware("product_family")
    let bios = firmware("bios_vendor")
    if [
      "KVM", "KVM Server", "Bochs", "AHV", "CloudStack KVM Hypervisor",
    ].contains(product) {
      signs.guest("kvm")
    }
    if vendor == "oVirt" { signs.guest("oVirt") }
    if vendor == "Red Hat" {
      if family == "RHV" {
        signs.guest("RHV")
      } else if product == "RHEV Hypervisor" {
        signs.guest("RHEV")
      }
    }
    if product.hasPrefix("VMware") { signs.guest("VMware") }
    if ["OpenStack Compute", "OpenStack Nova"].contains(product) {
      signs.guest("openstack")
    }
    if bios == "Xen" { signs.guest("xen") }
    if bios == "innotek GmbH" { signs.guest("virtualbox") }
    if ["Amazon EC2", "DigitalOcean", "Hetzner", "Linode"].contains(bios) {
      signs.guest("kvm")
    }
    if [
      "QEMU", "Amazon EC2", "DigitalOcean", "Google", "Scaleway", "Nutanix",
    ].contains(vendor) {
      signs.guest("kvm")
    }
    for (maker, kind) in [
      ("KubeVirt", "KubeVirt"), ("Microsoft Corporation", "VirtualPC"),
      ("Parallels Software International Inc.", "parallels"),
      ("OpenStack Foundation", "openstack"),
    ] where vendor == maker {
      signs.guest(kind)
    }
  }

  private func lookAtProcessors(_ signs: inout VirtualSigns) {
    for line in source.lines("/proc/self/status") where line.hasPrefix("VxID:")
    {
      let number = line.dropFirst(5).stripped
      number.first == "0"
        ? signs.host("linux_vserver") : signs.guest("linux_vserver")
    }
    for line in source.lines("/proc/cpuinfo") {
      if line.hasPrefix("model name"), line.contains("QEMU Virtual CPU") {
        signs.guest("kvm")
      } else if line.hasPrefix("vendor_id"), line.contains("User Mode Linux") {
        signs.guest("uml")
      } else if line.hasPrefix("model name"), line.contains("UML") {
        signs.guest("uml")
      } else if line.hasPrefix("machine"),
        line.contains("CHRP IBM pSeries (emulated by qemu)")
      {
        signs.guest("kvm")
      } else if line.hasPrefix("vendor_id"), line.contains("PowerVM Lx86") {
        signs.guest("powervm_lx86")
      } else if line.hasPrefix("vendor_id"), line.contains("IBM/S390") {
        signs.guests.insert("PR/SM")
        signs.name("PR/SM", "LPAR")
      }
    }
  }

  private func lookAtModules(_ signs: inout VirtualSigns) {
    let modules = Set(
      source.lines("/proc/modules").compactMap {
        $0.split(separator: " ").first.map(String.init)
      })
    if modules.contains("kvm") { signs.host("kvm") }
    if modules.contains("vboxdrv") { signs.host("virtualbox") }
    if modules.contains("virtio") {
      // Ansible counts it among what the machine hosts.
      signs.hosts.insert("kvm")
      signs.name("kvm", "guest")
    }
    if source.exists("/dev/kvm") { signs.host("kvm") }
  }
}
