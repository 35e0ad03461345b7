# SPDX-License-Identifier: Apache-2.0
"""Real receivers of syslog on loopback: rsyslog and syslog-ng, each writing what it understood as JSON lines."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess

from daemon import free_port
from waiting import until

TOOLS = pathlib.Path(__file__).resolve().parents[2] / ".tools/syslog-ng"


class Receiver:
    """`start`, `stop` (in order) or `kill` (SIGKILL), `records()`: what it has written."""

    def __init__(self, folder, transport, certificates=None, server="server"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.transport = transport
        self.certificates = certificates
        self.server = server
        self.port = free_port()
        self.path = self.folder / "unix.sock"
        self.output = self.folder / "received.json"
        self.process = None

    @property
    def address(self):
        if self.transport == "unix":
            return f"unix://{self.path}"
        return f"{self.transport}://{'localhost' if self.transport == 'tls' else '127.0.0.1'}:{self.port}"

    def start(self):
        config = self.folder / "receiver.conf"
        config.write_text(self.configuration())
        log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(self.command(config), stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                        env={**os.environ, **self.environment()}, cwd=self.folder)
        log.close()
        until(self.is_listening, what=lambda: (self.folder / "log").read_text(errors="replace")[-3000:])
        return self

    def environment(self):
        return {}

    def is_listening(self):
        assert self.process.poll() is None, (self.folder / "log").read_text(errors="replace")[-3000:]
        if self.transport == "unix":
            return self.path.exists()
        if self.transport == "udp":
            table = pathlib.Path("/proc/net/udp").read_text()
            return any(line.split()[1].endswith(f":{self.port:04X}") for line in table.splitlines()[1:])
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=60)

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def records(self):
        """What was written so far, whole lines only."""
        if not self.output.exists():
            return []
        whole = self.output.read_bytes().rpartition(b"\n")[0]
        return [json.loads(line) for line in whole.decode().split("\n") if line]

    def messages(self):
        return [record["msg"] for record in self.records()]


class Rsyslog(Receiver):
    def command(self, config):
        return ["rsyslogd", "-n", "-f", str(config), "-i", str(self.folder / "pid")]

    def configuration(self):
        inputs = {
            "udp": f'module(load="imudp")\ninput(type="imudp" address="127.0.0.1" port="{self.port}" ruleset="all")\n',
            "tcp": 'module(load="imtcp" MaxFrameSize="4000000")\n'
                   f'input(type="imtcp" address="127.0.0.1" port="{self.port}" ruleset="all")\n',
            "unix": 'module(load="imuxsock" SysSock.Use="off")\n'
                    f'input(type="imuxsock" Socket="{self.path}" UseSpecialParser="off" ParseHostname="on" '
                    'RateLimit.Interval="0" UseSysTimeStamp="off" IgnoreTimestamp="off" ruleset="all")\n',
        }
        if self.transport == "tls":
            files = self.certificates
            inputs["tls"] = (
                'module(load="imtcp" MaxFrameSize="4000000" StreamDriver.Name="ossl" StreamDriver.Mode="1" '
                'StreamDriver.AuthMode="x509/certvalid")\n'
                f'input(type="imtcp" address="127.0.0.1" port="{self.port}" ruleset="all")\n')
        head = f'global(workDirectory="{self.folder}" maxMessageSize="4m" parser.escapeControlCharactersOnReceive="off"'
        if self.transport == "tls":
            head += (f' DefaultNetstreamDriver="ossl" DefaultNetstreamDriverCAFile="{files.pem("right")}"'
                     f' DefaultNetstreamDriverCertFile="{files.pem(self.server)}"'
                     f' DefaultNetstreamDriverKeyFile="{files.key(self.server)}"')
        names = {"pri": "pri", "timestamp": "timereported", "host": "hostname", "app": "app-name", "procid": "procid",
                 "msgid": "msgid", "sd": "structured-data", "msg": "msg"}
        members = ' constant(value=", ")\n'.join(
            f'property(outname="{name}" name="{source}" format="jsonf"'
            + (' dateFormat="rfc3339"' if name == "timestamp" else "") + ")" for name, source in names.items())
        return (f'{head})\n'
                f'template(name="json" type="list") {{ constant(value="{{") {members} constant(value="}}\\n") }}\n'
                f'ruleset(name="all" queue.type="Direct") {{ action(type="omfile" file="{self.output}" template="json") }}\n'
                + inputs[self.transport])


class SyslogNg(Receiver):
    """Of Debian's package, unpacked beside rsyslog by scripts/install-dependencies: both cannot be installed."""

    @staticmethod
    def binary():
        return shutil.which("syslog-ng") or str(TOOLS / "usr/sbin/syslog-ng")

    def environment(self):
        if shutil.which("syslog-ng"):
            return {}
        folders = [TOOLS / "usr/lib/x86_64-linux-gnu", TOOLS / "lib/x86_64-linux-gnu", TOOLS / "usr/lib/syslog-ng"]
        return {"LD_LIBRARY_PATH": ":".join(map(str, folders))}

    def command(self, config):
        modules = [] if shutil.which("syslog-ng") else [f"--module-path={TOOLS / 'usr/lib/syslog-ng/3.38'}"]
        return [self.binary(), "-F", "--no-caps", "-f", str(config), "-R", str(self.folder / "persist"),
                "-p", str(self.folder / "pid"), "-c", str(self.folder / "control"), *modules]

    def configuration(self):
        if self.transport == "unix":
            source = f'unix-dgram("{self.path}" flags(syslog-protocol))'
        else:
            tls = ""
            if self.transport == "tls":
                files = self.certificates
                tls = (f' tls(key-file("{files.key(self.server)}") cert-file("{files.pem(self.server)}")'
                       f' ca-file("{files.pem("right")}") peer-verify(required-trusted))')
            source = f'syslog(ip("127.0.0.1") port({self.port}) transport("{self.transport}"){tls})'
        members = " ".join(f"{name}=${{{source_name}}}" for name, source_name in {
            "pri": "PRI", "timestamp": "ISODATE", "host": "HOST", "app": "PROGRAM", "procid": "PID", "msgid": "MSGID",
            "sd": "SDATA", "msg": "MSG"}.items())
        return ("@version: 3.38\n"
                "options { keep-hostname(yes); keep-timestamp(yes); use-dns(no); stats-freq(0); log-msg-size(4194304);"
                " frac-digits(6); ts-format(iso); send-time-zone(\"UTC\"); };\n"
                f"source s {{ {source}; }};\n"
                f'destination d {{ file("{self.output}" template("$(format-json --scope none {members})\\n")); }};\n'
                "log { source(s); destination(d); flags(flow-control); };\n")


RECEIVERS = {"rsyslog": Rsyslog, "syslog-ng": SyslogNg}
