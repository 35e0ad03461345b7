# SPDX-License-Identifier: Apache-2.0
"""Sinks of type `falco_grpc`: the API that Falco 0.44 removed, with routes of their own, on sockets and over TLS."""

import itertools
import json

import falco_wire
import grpc
from daemon import free_port, run
from test_serving import LINES, Subscriber
from waiting import until


def alerts_of(subscriber):
    decoded = [falco_wire.decode(message) for message in list(subscriber.messages)]
    return [alert for alert in decoded if alert["rule"] != b"probe"]


def all_see_a_probe(creance, subscribers):
    sent = itertools.count()

    def all_there():
        # Each is another alert: the same one again would be a duplicate, and go nowhere.
        probe = {"rule": "probe", "priority": "Emergency", "time": "2026-01-01T00:00:00Z", "output": str(next(sent))}
        assert creance.request("POST", "/", json.dumps(probe).encode())[0] == 200
        return all(subscriber.messages for subscriber in subscribers)

    until(all_there)


def test_two_of_them_get_what_their_routes_say(daemon, tmp_path):
    creance = daemon({"http": {"type": "falco_http"}})
    creance.config["sinks"]["pager"] = {"type": "falco_grpc", "address": f"unix://{tmp_path}/pager.sock"}
    creance.config["sinks"]["all"] = {"type": "falco_grpc", "address": f"unix://{tmp_path}/all.sock",
                                      "subscriber_backlog": "1MiB"}
    creance.config["route"] = [{"when": "priority >= critical", "to": ["pager"], "continue": True},
                               {"to": ["all", "creance"]}]
    creance.start()
    pager = [Subscriber(f"unix://{tmp_path}/pager.sock") for _ in range(2)]
    everything = Subscriber(f"unix://{tmp_path}/all.sock")
    all_see_a_probe(creance, [*pager, everything])
    assert creance.request("POST", "/", b"\n".join(LINES))[0] == 200
    until(lambda: len(alerts_of(everything)) >= len(LINES))
    severe = [json.loads(line)["rule"] for line in LINES
              if json.loads(line)["priority"] in ("Critical", "Alert", "Emergency")]
    assert 0 < len(severe) < len(LINES)
    until(lambda: all(len(alerts_of(one)) >= len(severe) for one in pager))
    for one in pager:
        assert [alert["rule"].decode() for alert in alerts_of(one)] == severe
    assert [alert["rule"].decode() for alert in alerts_of(everything)] == [json.loads(line)["rule"] for line in LINES]
    for subscriber in [*pager, everything]:
        subscriber.close()


def test_over_tls_whoever_shows_a_certificate_is_served(daemon, certificates):
    port = free_port()
    creance = daemon({"http": {"type": "falco_http"}})
    creance.config["sinks"]["api"] = {
        "type": "falco_grpc", "address": f"127.0.0.1:{port}",
        "tls": {"ca": str(certificates.pem("right")), "certificate": str(certificates.pem("server")),
                "key": str(certificates.key("server"))}}
    creance.start()

    def subscriber(client):
        credentials = grpc.ssl_channel_credentials(
            certificates.pem("right").read_bytes(), certificates.key(client).read_bytes(),
            certificates.pem(client).read_bytes())
        return Subscriber(f"localhost:{port}", channel=grpc.secure_channel(f"localhost:{port}", credentials))

    known, stranger = subscriber("client"), subscriber("other_client")
    all_see_a_probe(creance, [known])
    assert not stranger.messages
    known.close()
    stranger.close()


def test_what_the_configuration_refuses(tmp_path):
    for keys, word in [
        ("address: 127.0.0.1:5060", "needs tls"),
        ("address: unix:///a.sock, tls: { ca: a, certificate: b, key: c }", "tls"),
        ("subscriber_backlog: 1MiB", "address"),
        ("address: unix:///a.sock, subscriber_backlog: 1KiB", "subscriber_backlog"),
        ("address: unix:///a.sock, format: ecs", "format"),
    ]:
        path = tmp_path / "creance.yaml"
        path.write_text("sinks: { api: { type: falco_grpc, " + keys + " } }\n")
        code, _, errors = run("check", "-c", path, "--offline")
        assert code == 2 and word in errors, (keys, errors)
    path.write_text("sinks:\n  a: { type: falco_grpc, address: 'unix:///a.sock' }\n"
                    "  b: { type: falco_grpc, address: 'unix:///a.sock' }\n")
    assert run("check", "-c", path, "--offline")[0] == 2
    path.write_text("sinks: { a: { type: falco_grpc, address: 'unix:///a.sock' } }\n")
    assert run("check", "-c", path, "--offline")[0] == 0
    code, shown, _ = run("config", "show", "-c", path)
    assert code == 0 and b"subscriber_backlog: 16MiB" in shown
