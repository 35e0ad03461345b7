// SPDX-License-Identifier: Apache-2.0
public import ConfigTree

extension FalcoGrpcSourceSettings {
    public init(_ section: inout ConfigSection) {
        self.init()
        let address = section.value(
            "address", .address(), default: .unix(path: "/run/falco/falco.sock"),
            help: "Falco's grpc.bind_address. HOST:PORT needs tls: Falco serves nothing else there.")
        self.address = address.description
        tls = section.optionalSection(
            "tls", help: "Certificates for HOST:PORT; Falco wants one of ours and we want its.", TLSFiles.init)
        serverName = section.optional(
            "server_name", .text(upTo: 253), whenAbsent: "the host of address",
            help: "The name that must stand in Falco's certificate.")
        let poll = section.section(
            "poll", help: "Falco sends only when asked. How long to wait before asking again."
        ) { section in
            let busy = section.duration(
                "busy", default: pollBusy, in: .milliseconds(1) ... .seconds(1),
                help: "While alerts come. Half of it is added to an alert's latency, on average.")
            let idle = section.duration(
                "idle", default: pollIdle, in: .milliseconds(1) ... .seconds(10),
                help: "Grows up to this while none come.")
            if busy > idle { section.report(.error, section.has("busy") ? "busy" : "idle", "busy is longer than idle") }
            return (busy: busy, idle: idle)
        }
        pollBusy = poll.busy
        pollIdle = poll.idle
        receiveLimitBytes = section.size(
            "receive_limit", default: receiveLimitBytes, in: 4 << 10 ... 256 << 20,
            help: "The largest message. A larger one ends the stream, which is counted and begun anew.")
        inFlightBytes = section.size(
            "in_flight", default: inFlightBytes, in: 64 << 10 ... 1 << 30,
            help: "Reading pauses while this much is received and not yet committed: all that a crash can lose.")
        check(address, &section)
    }

    private func check(_ address: ConfigAddress, _ section: inout ConfigSection) {
        switch address {
        case .tcp(_, let port):
            if port == 0 { section.report(.error, "address", "port 0 cannot be dialled") }
            if !section.has("tls") {
                section.report(
                    .error, "address", "needs tls: Falco serves HOST:PORT only with certificates on both sides",
                    allowed: "tls: { ca: …, certificate: …, key: … }, or unix:///PATH")
            }
        case .unix:
            if section.has("tls") { section.report(.error, "tls", "has no meaning with a unix socket; remove it") }
            if serverName != nil {
                section.report(.error, "server_name", "has no meaning with a unix socket; remove it")
            }
        }
    }
}
