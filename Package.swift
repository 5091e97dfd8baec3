// swift-tools-version: 6.2
// The house of Quarterdeck: every target and what it may import. An import may
// only point downwards; Tests/HouseTests holds the sources to this list.
//
// QUARTERDECK_TARGETS=Jinja,Terminal narrows the package to those targets, what
// they import and their tests: the inner loop then builds nothing else.

import PackageDescription

/// One target: its name, the targets below that it may import, the products of
/// other packages that it may import, and whether a test target goes with it.
struct Floor {
  var name: String
  var imports: [String] = []
  var products: [String] = []
  var kind = Kind.swift
  var tests = true
  /// Targets that only the tests of this floor need.
  var testImports: [String] = []

  enum Kind {
    case swift
    case c(libraries: [String])
    case executable, support
    /// A program below Tests/Benchmarks; built only when it is named in
    /// QUARTERDECK_TARGETS.
    case benchmark
  }
}

let floors: [Floor] = [
  // Ground floor.
  Floor(name: "CPlatform", kind: .c(libraries: ["z"]), tests: false),
  Floor(
    name: "Platform", imports: ["CPlatform"], products: ["Subprocess"]),
  Floor(name: "Kubernetes"),
  Floor(name: "Catalogue"),

  // Clusters.
  Floor(
    name: "Kubectl", imports: ["Kubernetes", "Platform"],
    products: ["NIOCore", "NIOPosix", "NIOHTTP1"],
    testImports: ["ClusterContract", "ControlPlane"]),
  Floor(
    name: "Rehearsal", imports: ["Kubernetes", "Platform"],
    testImports: ["ClusterContract"]),

  // The language engine.
  Floor(
    name: "Jinja", testImports: ["Oracle"]),
  Floor(
    name: "CAnsible",
    kind: .c(libraries: ["yaml", "pcre2-8", "crypt"]), tests: false),
  Floor(
    name: "Ansible", imports: ["CAnsible", "Jinja", "Platform"],
    products: ["Crypto", "_CryptoExtras", "OrderedCollections"],
    testImports: ["Oracle"]),
  Floor(
    name: "AnsibleKubernetes",
    imports: ["Ansible", "Jinja", "Kubernetes"],
    testImports: ["ControlPlane", "Kubectl", "Oracle", "Platform", "Rehearsal"]),

  // A stack and its runs.
  Floor(
    name: "Stack",
    imports: [
      "Ansible", "AnsibleKubernetes", "Catalogue", "Jinja", "Kubernetes",
      "Platform",
    ],
    testImports: ["Rehearsal"]),
  Floor(
    name: "Run",
    imports: [
      "Ansible", "AnsibleKubernetes", "Jinja", "Kubernetes", "Platform",
      "Stack",
    ],
    testImports: ["Rehearsal"]),

  // The console.
  Floor(
    name: "CNcurses", kind: .c(libraries: ["ncursesw", "tinfo"]), tests: false),
  Floor(name: "Terminal", imports: ["CNcurses"], testImports: ["Golden"]),
  Floor(
    name: "Console",
    imports: [
      "Ansible", "Jinja", "Kubernetes", "Platform", "Run", "Stack", "Terminal",
    ],
    testImports: ["Golden", "Rehearsal"]),
  Floor(
    name: "quarterdeck",
    imports: [
      "Ansible", "AnsibleKubernetes", "Catalogue", "Console", "Jinja",
      "Kubectl", "Kubernetes", "Platform", "Rehearsal", "Run", "Stack",
      "Terminal",
    ],
    products: ["ArgumentParser"], kind: .executable),

  // Shared by tests only.
  Floor(name: "Golden", kind: .support, tests: false),
  Floor(name: "Oracle", kind: .support, tests: false),
  Floor(
    name: "AnsibleBenchmark",
    imports: ["Ansible", "AnsibleKubernetes", "Jinja", "Kubernetes"],
    kind: .benchmark, tests: false),
  Floor(
    name: "JinjaBenchmark", imports: ["Jinja"], kind: .benchmark, tests: false),
  Floor(
    name: "KubectlBenchmark", imports: ["Kubectl", "Kubernetes", "Platform"],
    kind: .benchmark, tests: false),
  Floor(
    name: "ControlPlane", imports: ["Platform"], kind: .support, tests: false),
  Floor(
    name: "ClusterContract", imports: ["Kubernetes"], kind: .support,
    tests: false),
]

/// Where each product comes from.
///
/// Versions are those that the build machines
/// mirror; `from:` keeps to the same major version.
let packages: [String: (package: String, dependency: Package.Dependency)] = {
  func apple(_ name: String, _ version: Version) -> Package.Dependency {
    .package(url: "https://github.com/apple/\(name)", from: version)
  }
  let collections = apple("swift-collections", "1.6.0")
  let crypto = apple("swift-crypto", "4.5.2")
  let nio = apple("swift-nio", "2.101.2")
  return [
    "ArgumentParser": (
      "swift-argument-parser", apple("swift-argument-parser", "1.8.2")
    ),
    "OrderedCollections": ("swift-collections", collections),
    "Crypto": ("swift-crypto", crypto),
    "_CryptoExtras": ("swift-crypto", crypto),
    "NIOCore": ("swift-nio", nio),
    "NIOPosix": ("swift-nio", nio),
    "NIOHTTP1": ("swift-nio", nio),
    "Subprocess": (
      "swift-subprocess",
      .package(
        url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2",
        traits: [])
    ),
  ]
}()

/// The floors asked for in QUARTERDECK_TARGETS and all that they stand on.
let chosen: [Floor] = {
  guard let list = Context.environment["QUARTERDECK_TARGETS"], !list.isEmpty
  else {
    return floors.filter { floor in
      if case .benchmark = floor.kind { return false }
      return true
    }
  }
  var wanted = Set<String>()
  var waiting = list.split(separator: ",").map(String.init)
  while let name = waiting.popLast() {
    guard wanted.insert(name).inserted,
      let floor = floors.first(where: { $0.name == name })
    else { continue }
    waiting += floor.imports + floor.testImports
  }
  return floors.filter { wanted.contains($0.name) }
}()
let isWhole =
  Context.environment["QUARTERDECK_TARGETS"].map(\.isEmpty) ?? true

/// What lies among a floor's sources that is data, not source.
let data: [String: [String]] = [
  "Catalogue": ["callback_plugins", "roles"],
  "Console": ["CONVENTIONS.md"],
]

/// What lies among a floor's tests that is data, not source.
let testData: [String: [String]] = [
  "Ansible": ["Plugins/Cases", "Plugins/Project"],
  "Console": ["Golden"],
  "Jinja": ["Cases"],
  "Terminal": ["Golden"],
]

/// The same of the benchmarks' programs.
let benchmarkData: [String: [String]] = [
  "JinjaBenchmark": ["manifest.j2", "peers.py"]
]

let settings: [SwiftSetting] = [.swiftLanguageMode(.v6)]

@MainActor func dependencies(of floor: Floor) -> [Target.Dependency] {
  floor.imports.map { .target(name: $0) }
    + floor.products.compactMap { product in
      packages[product].map { .product(name: product, package: $0.package) }
    }
}

var targets: [Target] = []
for floor in chosen {
  switch floor.kind {
  case .swift:
    targets.append(
      .target(
        name: floor.name, dependencies: dependencies(of: floor),
        exclude: data[floor.name] ?? [],
        swiftSettings: settings))
  case .c(let libraries):
    targets.append(
      .target(
        name: floor.name, cSettings: [.define("_GNU_SOURCE")],
        linkerSettings: libraries.map { .linkedLibrary($0) }))
  case .executable:
    targets.append(
      .executableTarget(
        name: floor.name, dependencies: dependencies(of: floor),
        swiftSettings: settings))
  case .benchmark:
    targets.append(
      .executableTarget(
        name: floor.name, dependencies: dependencies(of: floor),
        path: "Tests/Benchmarks/\(floor.name)",
        exclude: benchmarkData[floor.name] ?? [], swiftSettings: settings))
  case .support:
    targets.append(
      .target(
        name: floor.name, dependencies: dependencies(of: floor),
        path: "Tests/\(floor.name)", swiftSettings: settings))
  }
  if floor.tests {
    let name =
      floor.name == "quarterdeck" ? "CommandTests" : "\(floor.name)Tests"
    targets.append(
      .testTarget(
        name: name,
        dependencies: [.target(name: floor.name)]
          + dependencies(of: floor)
          + floor.testImports.map { .target(name: $0) },
        path: "Tests/\(name)",
        exclude: testData[floor.name] ?? [],
        swiftSettings: settings))
  }
}
if isWhole {
  targets.append(
    .testTarget(
      name: "HouseTests", path: "Tests/HouseTests", swiftSettings: settings))
}

let package = Package(
  name: "quarterdeck",
  products: isWhole
    ? [
      .executable(name: "quarterdeck", targets: ["quarterdeck"]),
      .library(
        name: "QuarterdeckCore",
        targets: chosen.map(\.name).filter {
          ![
            "quarterdeck", "Console", "Terminal", "CNcurses", "ClusterContract",
            "ControlPlane",
            "Golden", "Oracle",
          ].contains($0)
        }),
    ] : [],
  dependencies: {
    var seen = Set<String>()
    return chosen.flatMap(\.products).compactMap { product in
      guard let source = packages[product],
        seen.insert(source.package).inserted
      else { return nil }
      return source.dependency
    }
  }(),
  targets: targets
)
