// SPDX-License-Identifier: Apache-2.0
//
// What conditions cost: a batch of realistic alerts, each against 1, 10 and 100 conditions, on one thread.
//
//   conditions-benchmark [PASSES]       a table; `ns` is processor time of one condition over one alert
//   conditions-benchmark 50 each        every condition by itself
import AlertModel
import CAllocations
import FalcoRules
import Glibc

let arguments = CommandLine.arguments
let passes = arguments.count > 1 ? Int(arguments[1]) ?? 100 : 100
let isEach = arguments.count > 2 && arguments[2] == "each"

/// As users write them in silences, routes and overrides; numbered ones differ in a value.
let typical: [String] = [
    "priority >= error",
    "hostname startswith \"node-\" and priority < warning",
    "rule = \"Terminal shell in container\" and k8s.ns.name in (dev, test, staging)",
    "proc.name in (apt, apt-get, dpkg, yum, dnf, rpm, apk) and container.image.repository startswith registry.example/base",
    "fd.sip in (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16) and fd.sport = 443",
    "proc.cmdline contains curl and proc.cmdline contains sh and not user.name = ci",
    "fd.name pmatch (/etc, /root/.ssh, /var/lib/kubelet) and not proc.name in (sshd, kubelet)",
    "container.name glob \"web-*\" and proc.exepath startswith /tmp/",
    "source = k8s_audit and ka.verb in (create, delete) and ka.target.resource = pods",
    "proc.cmdline regex \".*(nmap|masscan|zmap).*\" or tags intersects (mitre_discovery, mitre_lateral_movement)",
]

func conditions(_ count: Int) throws -> [Condition] {
    try (0 ..< count).map { number in
        let text = typical[number % typical.count]
        return try Condition(number < typical.count ? text : "(\(text)) and not container.id = c\(number)")
    }
}

/// Of this thread: what others do on the machine in between does not count.
func processorSeconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func matchCount(_ conditions: [Condition], _ batch: AlertBatch) -> Int {
    var count = 0
    for index in 0 ..< batch.count {
        let facts = AlertFacts(batch.alert(at: index))
        for condition in conditions.indices where conditions[condition].matches(facts) { count += 1 }
    }
    return count
}

func measure(_ name: String, _ conditions: [Condition], _ batch: AlertBatch) {
    let matches = matchCount(conditions, batch)
    let passes = max(1, passes * 10 / conditions.count)
    let allocations = Int(allocations_of_this_thread())
    let start = processorSeconds()
    var total = 0
    for _ in 0 ..< passes { total += matchCount(conditions, batch) }
    let seconds = processorSeconds() - start
    let allocated = Int(allocations_of_this_thread()) - allocations
    precondition(total == matches * passes)
    let evaluations = Double(passes * batch.count * conditions.count)
    let line = [
        name, "\((evaluations / seconds / 1e4).rounded() / 100) M evaluations/s",
        "\((seconds / evaluations * 1e10).rounded() / 10) ns",
        "\((Double(passes * batch.count) / seconds / 1e4).rounded() / 100) M alerts/s",
        "\(matches * 100 / (batch.count * conditions.count)) % match", "\(allocated) allocations",
    ]
    print(line.joined(separator: "\t"))
}

let batch = Alerts.batch()
if isEach {
    for text in typical { measure(text, [try Condition(text)], batch) }
} else {
    for count in [1, 10, 100] { measure("\(count)", try conditions(count), batch) }
}
