// SPDX-License-Identifier: Apache-2.0

/// A field of Falco 0.43.1's own list for syscall rules.
public struct FalcoField: Hashable, Sendable {
    public let name: String
    /// Falco's name for what it holds: `CHARBUF`, `INT64`, `IPADDR`, …
    public let type: String
    /// The field class it belongs to: `evt`, `process`, `user`, …
    public let className: String

    /// In Falco's order.
    public static let all: [FalcoField] = {
        var fields: [FalcoField] = []
        for line in table.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 2 else { continue }
            for name in words.dropFirst(2) {
                fields.append(FalcoField(name: String(name), type: String(words[1]), className: String(words[0])))
            }
        }
        return fields
    }()

    /// As `falco --list -N` prints them: one name a line.
    public static var names: String { all.map { $0.name + "\n" }.joined() }

    /// The fields by class, with names and types.
    public static var json: RuleJSON { json(all) }

    /// Some of them by class.
    public static func json(_ fields: [FalcoField]) -> RuleJSON {
        var classes: [(name: String, fields: [RuleJSON])] = []
        for field in fields {
            let json = RuleJSON.object(["name": .text(field.name), "type": .text(field.type)])
            if let place = classes.firstIndex(where: { $0.name == field.className }) {
                classes[place].fields.append(json)
            } else {
                classes.append((field.className, [json]))
            }
        }
        return .list(
            classes.map { .object(["name": .text($0.name), "source": .text("syscall"), "fields": .list($0.fields)]) })
    }

    /// Class, type, and the fields of that class and type that follow one another in Falco's list.
    private static let table = """
        evt UINT64 evt.num
        evt CHARBUF evt.time evt.time.s evt.time.iso8601 evt.datetime evt.datetime.s
        evt ABSTIME evt.rawtime evt.rawtime.s evt.rawtime.ns
        evt RELTIME evt.reltime evt.reltime.s evt.reltime.ns
        evt CHARBUF evt.pluginname evt.plugininfo evt.source
        evt BOOL evt.is_async
        evt CHARBUF evt.asynctype evt.hostname
        evt RELTIME evt.deltatime evt.deltatime.s evt.deltatime.ns
        evt CHARBUF evt.type
        evt UINT32 evt.type.is
        evt CHARBUF syscall.type evt.category
        evt INT16 evt.cpu
        evt CHARBUF evt.args evt.arg
        evt DYNAMIC evt.rawarg
        evt CHARBUF evt.info
        evt BYTEBUF evt.buffer
        evt UINT64 evt.buflen
        evt CHARBUF evt.res
        evt INT64 evt.rawres
        evt BOOL evt.failed evt.is_io evt.is_io_read evt.is_io_write
        evt CHARBUF evt.io_dir
        evt BOOL evt.is_wait evt.is_syslog
        evt UINT32 evt.count evt.count.error evt.count.error.file evt.count.error.net evt.count.error.memory
        evt UINT32 evt.count.error.other evt.count.exit
        evt UINT64 evt.around
        evt CHARBUF evt.abspath
        evt BOOL evt.is_open_read evt.is_open_write evt.is_open_exec evt.is_open_create
        process CHARBUF proc.exe proc.pexe proc.aexe proc.exepath proc.pexepath proc.aexepath proc.name proc.pname
        process CHARBUF proc.aname proc.args proc.aargs proc.cmdline proc.pcmdline proc.acmdline
        process UINT64 proc.cmdnargs proc.cmdlenargs
        process CHARBUF proc.exeline proc.env proc.aenv proc.cwd
        process INT64 proc.loginshellid
        process UINT32 proc.tty
        process INT64 proc.pid proc.ppid proc.apid proc.vpid proc.pvpid proc.sid
        process CHARBUF proc.sname proc.sid.exe proc.sid.exepath
        process INT64 proc.vpgid
        process CHARBUF proc.vpgid.name proc.vpgid.exe proc.vpgid.exepath
        process INT64 proc.pgid
        process CHARBUF proc.pgid.name proc.pgid.exe proc.pgid.exepath
        process RELTIME proc.duration proc.ppid.duration proc.pid.ts proc.ppid.ts
        process BOOL proc.is_exe_writable proc.is_exe_upper_layer proc.is_exe_lower_layer proc.is_exe_from_memfd
        process BOOL proc.is_sid_leader proc.is_vpgid_leader proc.is_pgid_leader
        process INT64 proc.exe_ino
        process ABSTIME proc.exe_ino.ctime proc.exe_ino.mtime proc.exe_ino.ctime_duration_proc_start
        process ABSTIME proc.exe_ino.ctime_duration_pidns_start
        process UINT64 proc.pidns_init_start_ts
        process CHARBUF thread.cap_permitted thread.cap_inheritable thread.cap_effective
        process UINT64 proc.fdopencount
        process INT64 proc.fdlimit
        process DOUBLE proc.fdusage
        process UINT64 proc.vmsize proc.vmrss proc.vmswap thread.pfmajor thread.pfminor
        process INT64 thread.tid
        process BOOL thread.ismain
        process INT64 thread.vtid
        process RELTIME thread.exectime thread.totexectime
        process CHARBUF thread.cgroups thread.cgroup
        process UINT64 proc.nthreads proc.nchilds
        process DOUBLE thread.cpu thread.cpu.user thread.cpu.system
        process UINT64 thread.vmsize thread.vmrss
        process CHARBUF proc.stdin.type proc.stdout.type proc.stderr.type proc.stdin.name proc.stdout.name
        process CHARBUF proc.stderr.name
        user UINT32 user.uid
        user CHARBUF user.name user.homedir user.shell
        user INT64 user.loginuid
        user CHARBUF user.loginname
        group UINT32 group.gid
        group CHARBUF group.name
        fd INT64 fd.num
        fd CHARBUF fd.type fd.typechar fd.name fd.directory fd.filename
        fd IPADDR fd.ip fd.cip fd.sip fd.lip fd.rip
        fd PORT fd.port fd.cport fd.sport fd.lport fd.rport
        fd CHARBUF fd.l4proto fd.sockfamily
        fd BOOL fd.is_server
        fd CHARBUF fd.uid fd.containername fd.containerdirectory
        fd PORT fd.proto
        fd CHARBUF fd.cproto fd.sproto fd.lproto fd.rproto
        fd IPNET fd.net fd.cnet fd.snet fd.lnet fd.rnet
        fd BOOL fd.connected fd.name_changed
        fd CHARBUF fd.cip.name fd.sip.name fd.lip.name fd.rip.name
        fd INT32 fd.dev fd.dev.major fd.dev.minor
        fd INT64 fd.ino
        fd CHARBUF fd.nameraw
        fd LIST fd.types
        fd BOOL fd.is_upper_layer fd.is_lower_layer
        fs.path CHARBUF fs.path.name fs.path.nameraw fs.path.source fs.path.sourceraw fs.path.target
        fs.path CHARBUF fs.path.targetraw
        fdlist CHARBUF fdlist.nums fdlist.names fdlist.cips fdlist.sips fdlist.cports fdlist.sports
        """
}
