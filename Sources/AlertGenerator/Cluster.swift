// SPDX-License-Identifier: Apache-2.0

/// The made-up cluster that alerts come from: hosts, and what runs on them.
struct Cluster: Sendable {
    struct Workload: Sendable {
        let host: String
        /// Twelve hexadecimal digits, or `host`.
        let container: String
        let containerName: String
        let image: String
        let namespace: String
        let pod: String
        let user: String
        let userID: Int64
        /// The container's main process, from which the others stem.
        let process: String
        let firstPID: Int64
        /// Where it connects to.
        let server: String
        let serverPort: Int64
    }

    let workloads: [Workload]

    private static let kinds: [(image: String, process: String, namespaces: [String])] = [
        ("docker.io/library/nginx", "nginx", ["shop", "monitoring", "kube-system"]),
        ("docker.io/library/redis", "redis-server", ["shop", "payments"]),
        ("docker.io/library/postgres", "postgres", ["data", "payments"]),
        ("registry.example/shop/cart", "java", ["shop"]),
        ("registry.example/shop/checkout", "node", ["shop", "payments"]),
        ("registry.example/data/etl", "python3", ["data"]),
        ("registry.example/ci/runner", "runner", ["ci"]),
        ("registry.example/ml/serve", "uvicorn", ["ml", "data"]),
        ("registry.example/platform/agent", "agent", ["kube-system", "monitoring"]),
    ]
    private static let users: [(String, Int64)] = [
        ("root", 0), ("www-data", 33), ("app", 1000), ("postgres", 999), ("nobody", 65534),
    ]

    init(hosts: Int, containersPerHost: Int, random: inout SplitMix) {
        var workloads: [Workload] = []
        for index in 0 ..< hosts {
            let host = "node-\(index + 1)"
            workloads.append(Self.hostWorkload(host, &random))
            for _ in 0 ..< containersPerHost { workloads.append(Self.containerWorkload(host, &random)) }
        }
        self.workloads = workloads
    }

    private static func hostWorkload(_ host: String, _ random: inout SplitMix) -> Workload {
        Workload(
            host: host, container: "host", containerName: "host", image: "", namespace: "", pod: "", user: "root",
            userID: 0,
            process: "sshd", firstPID: Int64(400 + random.below(4000)), server: "10.0.0.\(1 + random.below(250))",
            serverPort: 22)
    }

    private static func containerWorkload(_ host: String, _ random: inout SplitMix) -> Workload {
        let kind = random.pick(kinds)
        let name = String(kind.image.split(separator: "/").last ?? "app")
        let (user, userID) = random.pick(users)
        return Workload(
            host: host, container: random.hexadecimal(12), containerName: name, image: kind.image,
            namespace: random.pick(kind.namespaces), pod: "\(name)-\(random.hexadecimal(9))-\(random.hexadecimal(5))",
            user: user,
            userID: userID, process: kind.process, firstPID: Int64(10_000 + random.below(4_000_000)),
            server: "10.96.\(random.below(256)).\(1 + random.below(250))",
            serverPort: random.pick([80, 443, 5432, 6379, 8080, 9092]))
    }
}
