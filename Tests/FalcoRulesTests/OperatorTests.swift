// SPDX-License-Identifier: Apache-2.0
import AlertModel
import FalcoRules
import Testing

/// Every operator on one alert that has every kind of value.
struct OperatorTests {
    static let alert = SampleAlert(
        tags: ["container", "mitre_execution"],
        fields: [
            ("proc.name", "bash"), ("proc.cmdline", "bash -c \"curl http://x | sh\""), ("proc.pid", 4711),
            ("user.uid", 4_294_967_295), ("fd.sip", "10.1.2.3"), ("fd.cip", "2001:db8::1"), ("fd.sport", "443"),
            ("fd.name", "/etc/ssh/sshd_config"), ("k8s.ns.name", .null), ("k8s.pod.name", "<NA>"),
            ("container.image.tag", ""), ("proc.aname[2]", "sshd"), ("k8s.pod.label[app]", "shop"),
            ("evt.is_open_write", "true"), ("ct.count", .digits("18446744073709551615")),
            ("ct.ratio", .digits("0.5")), ("ct.big", .digits("9007199254740993")),
            ("proc.exepath", "/usr/bin/bash"), ("proc.exe", "bash"), ("ct.code", "Y3VybCB4"), ("proc.ppid", 4711),
            ("ka.images", .json("[\"nginx\", \"redis:6\", 8080, null, [\"x\"]]")), ("ka.none", .json("[]")),
        ])

    @Test(arguments: [
        ("proc.name = bash", true), ("proc.name == 'bash'", true), ("proc.name=bash", true),
        ("proc.name = Bash", false),
        ("proc.name != bash", false), ("proc.name != sh", true),
        ("proc.name contains as", true), ("proc.name contains AS", false), ("proc.name icontains AS", true),
        ("proc.name bcontains 6173", true), ("proc.name bstartswith 6261", true), ("proc.name bstartswith 6173", false),
        ("proc.name startswith ba", true), ("proc.name endswith sh", true), ("proc.name endswith ba", false),
        ("proc.name glob 'b?s[a-h]'", true), ("proc.name glob B*", false), ("proc.name iglob B*", true),
        ("proc.name regex 'b.*h'", true), ("proc.name regex 'a'", false), ("proc.name regex '^b[a-z]{3}$'", true),
        ("proc.name in (sh, bash, 'zsh')", true), ("proc.name in (sh,dash)", false), ("proc.name in ()", false),
        ("proc.name intersects (bash)", true), ("not proc.name in (sh)", true),
        ("fd.name pmatch (/etc/ssh, /root)", true), ("fd.name pmatch (/etc/ss)", false),
        ("fd.name pmatch (/etc/*/sshd_config)", true), ("fd.name pmatch (/)", true), ("fd.name pmatch (etc)", false),
        ("proc.name exists", true), ("k8s.ns.name exists", false), ("k8s.pod.name exists", false),
        ("container.image.tag exists", false), ("proc.vpid exists", false),
        ("proc.pid = 4711", true), ("proc.pid = 0x1267", true), ("proc.pid = 4711.0", true), ("proc.pid > 4710", true),
        ("proc.pid >= 4711", true), ("proc.pid < 4711", false), ("proc.pid <= 4711", true),
        ("proc.pid in (1, 4711)", true),
        ("user.uid = 4294967295", true), ("ct.count = 18446744073709551615", true),
        ("ct.count > 18446744073709551614", true), ("ct.count = 18446744073709551614", false),
        ("ct.big = 9007199254740992", false), ("ct.big > 9007199254740992", true), ("ct.big = 9007199254740993", true),
        ("ct.ratio = 0.50", true), ("ct.ratio < 1", true), ("fd.sport = 443", true), ("fd.sport in (80, 443)", true),
        ("fd.sip = 10.1.2.3", true), ("fd.sip = 10.0.0.0/8", true), ("fd.sip in (192.168.0.0/16, 10.0.0.0/8)", true),
        ("fd.sip != 10.0.0.0/8", false), ("fd.cip = 2001:db8:0::1", true), ("fd.cip in (2001:db8::/32)", true),
        ("evt.is_open_write = true", true), ("evt.is_open_write = false", false),
        ("proc.aname[2] = sshd", true), ("proc.aname[3] = sshd", false), ("k8s.pod.label[app] = shop", true),
        ("k8s.pod.label[\"app\"] = shop", true),
        ("k8s.ns.name = shop", false), ("k8s.ns.name != shop", false), ("not (k8s.ns.name = shop)", true),
        ("not k8s.ns.name = shop", true), ("k8s.ns.name = ''", true), ("k8s.pod.name = \"<NA>\"", true),
        ("k8s.pod.name != \"<NA>\"", false), ("proc.name != \"<NA>\"", true), ("proc.name = ''", false),
        ("k8s.ns.name in ('<NA>', a)", true), ("k8s.ns.name contains ''", false), ("proc.name contains ''", true),
        ("rule = \"Terminal shell in container\"", true), ("rule startswith Terminal", true),
        ("source = syscall", true),
        ("hostname startswith \"node-\" and priority <= warning", true), ("output contains spawned", true),
        ("kind = alert", true), ("kind != alert", false), ("state = open", false), ("rule.level >= high", false),
        ("priority = warning", true), ("priority = Warning", true), ("priority >= error", false),
        ("priority >= warning", true), ("priority > warning", false), ("priority < warning", false),
        ("priority < error", true), ("priority != info", true), ("priority in (critical, WARNING)", true),
        ("tags in (container)", false), ("tags in (container, mitre_execution, x)", true),
        ("tags intersects (container, x)", true), ("tags intersects (x)", false), ("tags exists", true),
        ("tags contains mitre_", true), ("tags = container", true), ("tags != container", false), ("tags != x", true),
        ("tolower(rule) startswith terminal", true), ("toupper(proc.name) = BASH", true),
        ("tolower(proc.name) = BASH", false), ("basename(proc.exepath) = bash", true),
        ("basename(proc.exepath) in (sh, bash)", true), ("len(proc.name) = 4", true), ("len(proc.name) > 4", false),
        ("len( basename( proc.exepath ) ) in (4)", true), ("b64(ct.code) startswith \"curl \"", true),
        ("b64(proc.name) exists", true), ("b64(proc.cmdline) contains x", false), ("len(k8s.ns.name) = 0", false),
        ("len(tags) = 2", true), ("toupper(tags) intersects (CONTAINER)", true), ("toupper(tags) = container", false),
        ("proc.name = val(proc.exe)", true), ("proc.name != val(proc.exe)", false),
        ("proc.pid = val(proc.ppid)", true), ("proc.pid < val(user.uid)", true), ("proc.pid >= val(user.uid)", false),
        ("proc.exepath endswith val(proc.name)", true), ("proc.cmdline startswith val(proc.name)", true),
        ("proc.exepath icontains toupper(proc.name)", true), ("proc.exepath contains toupper(proc.name)", false),
        ("proc.name = basename(proc.exepath)", true), ("proc.name in val(proc.exe)", true),
        ("proc.name = val(k8s.ns.name)", false), ("proc.name != val(k8s.ns.name)", false),
        ("k8s.ns.name = val(k8s.ns.name)", false), ("rule contains val(proc.name)", false),
        ("len(proc.name) = val(proc.pid)", false), ("len(proc.name) < val(proc.pid)", true),
        ("ka.images intersects (nginx, x)", true), ("ka.images in (nginx, redis:6)", false),
        ("ka.images in (nginx, 'redis:6', 8080, x)", false), ("ka.images contains redis", true),
        ("ka.images = 8080", true), ("ka.images = 0x1f90", true), ("ka.images > 8000", true), ("ka.images = x", false),
        ("ka.images != nginx", false), ("ka.images != httpd", true), ("len(ka.images) = 5", true),
        ("ka.none exists", false), ("ka.none in ()", false), ("ka.images exists", true),
        ("evt.time = 1795295751555062537", true), ("evt.time > 1795295751555062536", true),
    ])
    func `every operator says what Falco's users expect`(_ text: String, _ expected: Bool) throws {
        #expect(matches(try Condition(text), Self.alert) == expected, "\(text)")
    }
}
