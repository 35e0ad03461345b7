# SPDX-License-Identifier: Apache-2.0
"""Who is let in to /mcp and /alerts/stream: tokens, signed tokens, client certificates, addresses, and what is logged."""

import json
import re
import ssl
import subprocess
import time

import jwt
import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ec

import alerts
from daemon import BINARY
from mcp_wire import Wire
from waiting import until


HTTP = {"http": {"type": "falco_http"}}
READ, WRITE = "alerts:read", "alerts:write"


def fresh(name, *scopes):
    """A token as `creance token new` makes it, and its entry of the configuration."""
    command = [BINARY, "token", "new", "--name", name]
    for scope in scopes:
        command += ["--scope", scope]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    token = re.search(r"^token: (\S+)$", text, re.M).group(1)
    entry = yaml.safe_load(text[text.index("server:"):])["server"]["tokens"][0]
    return token, entry


@pytest.fixture
def guarded(daemon):
    """A daemon with two tokens, and both."""
    reader, entry = fresh("soc")
    writer, other = fresh("responder", WRITE)
    creance = daemon(HTTP, server={"tokens": [entry, other]}, mcp={"socket": "mcp.sock", "allow_writes": True})
    return creance.start(), reader, writer


def get_stream(port, headers):
    """The status and the challenge of /alerts/stream."""
    connection, response = Wire(port, "/alerts/stream").open("GET", headers)
    try:
        return response.status, response.getheader("www-authenticate")
    finally:
        response.close()
        connection.close()


def bearer(token):
    return [("Authorization", f"Bearer {token}")]


def test_a_fresh_token_is_new_each_time_and_stands_nowhere(guarded):
    creance, reader, writer = guarded
    assert reader != writer and len(reader) == len("creance_") + 43
    assert reader not in creance.write_config().read_text()
    shown = subprocess.run([BINARY, "config", "show", "-c", creance.write_config()], capture_output=True, text=True)
    assert reader not in shown.stdout
    assert subprocess.run([BINARY, "token", "new", "--name", "a b"], capture_output=True).returncode != 0
    assert subprocess.run([BINARY, "token", "new", "--name", "a", "--scope", "all"], capture_output=True).returncode != 0


def test_a_token_is_asked_for_on_loopback_too(guarded):
    creance, reader, _ = guarded
    for token in (None, reader[:-1], reader + "x", "x", "creance_" + "A" * 43):
        answer = Wire(creance.port, token=token).modern("tools/list")
        assert answer.status == 401 and answer.headers["www-authenticate"].startswith("Bearer ")
        assert ("invalid_token" in answer.headers["www-authenticate"]) == (token is not None)
        assert reader not in answer.text
    assert Wire(creance.port).modern("tools/list", headers={"Authorization": f"Basic {reader}"}).status == 401
    assert Wire(creance.port, token=reader).modern("tools/list").result["cacheScope"] == "private"
    # What asks nobody.
    for path in ("/ping", "/healthz", "/readyz", "/metrics"):
        assert creance.request("GET", path)[0] == 200


def test_the_live_stream_has_the_same_door(guarded):
    creance, reader, _ = guarded
    status, challenge = get_stream(creance.port, [])
    assert status == 401 and challenge.startswith("Bearer ")
    assert get_stream(creance.port, bearer("wrong"))[0] == 401
    assert get_stream(creance.port, bearer(reader))[0] == 200
    assert get_stream(creance.port, [*bearer(reader), ("Host", "evil.example")])[0] == 403


def test_scopes_decide_what_is_shown(guarded):
    creance, reader, writer = guarded
    shown = [{one["name"] for one in Wire(creance.port, token=token).modern("tools/list").result["tools"]}
             for token in (reader, writer)]
    assert shown[0] <= shown[1]


def test_a_session_is_its_caller_s_alone(guarded):
    creance, reader, writer = guarded
    session = Wire(creance.port, token=reader).initialize()
    assert Wire(creance.port, token=reader).legacy(session, "ping").result == {}
    other = Wire(creance.port, token=writer)
    assert other.legacy(session, "ping").status == 404
    assert other.send("GET", [("Accept", "text/event-stream"), ("Mcp-Session-Id", session)]).status == 404
    assert other.send("DELETE", [("Mcp-Session-Id", session)]).status == 404
    assert Wire(creance.port, token=reader).legacy(session, "ping").result == {}


def test_every_call_is_a_line_of_the_log_without_what_was_asked(guarded):
    creance, reader, _ = guarded
    Wire(creance.port, token=reader).modern(
        "tools/call", {"name": "search_alerts", "arguments": {"text": "a very secret question"}})
    until(lambda: "search_alerts" in creance.log(), what=creance.log)
    line = next(line for line in creance.log().splitlines() if "search_alerts" in line)
    assert "soc" in line and reader not in creance.log()
    assert "very secret" not in creance.log()


def test_changed_tokens_are_in_force_after_a_reload(guarded):
    creance, reader, writer = guarded
    session = Wire(creance.port, token=writer).initialize()
    latest = {"notifications": {"resourceSubscriptions": ["creance://alerts/latest"]}}
    revoked, kept = (Wire(creance.port, token=token).modern_stream("subscriptions/listen", latest)
                     for token in (reader, writer))
    assert all("acknowledged" in stream.message()["method"] for stream in (revoked, kept))
    creance.config["server"]["tokens"].pop(0)
    creance.write_config()
    creance.process.send_signal(1)
    until(lambda: Wire(creance.port, token=reader).modern("tools/list").status == 401, what=creance.log)
    assert Wire(creance.port, token=writer).modern("tools/list").status == 200
    assert Wire(creance.port, token=writer).legacy(session, "ping").status in (200, 404)
    # A stream does not outlive the right to it: it is looked at again while it is open.
    assert revoked.message() is None
    assert creance.post(alerts.line(0)) == 200
    assert kept.message()["method"] == "notifications/resources/updated"
    kept.close()


@pytest.mark.parametrize("tokens", [True, False])
def test_an_address_that_others_reach_answers_only_those_it_knows(daemon, tokens):
    token, entry = fresh("soc")
    creance = daemon(HTTP, mcp={"socket": "mcp.sock"})
    creance.config["server"]["listen"] = f"0.0.0.0:{creance.port}"
    if tokens:
        creance.config["server"]["tokens"] = [entry]
    creance.start()
    assert Wire(creance.port, token=token).modern("tools/list").status == (200 if tokens else 404)
    assert Wire(creance.port).modern("tools/list").status == (401 if tokens else 404)
    assert get_stream(creance.port, bearer(token))[0] == (200 if tokens else 404)
    assert get_stream(creance.port, [])[0] == (401 if tokens else 404)
    if tokens:
        # Reached by any name, but by no page.
        assert Wire(creance.port, token=token).modern("tools/list", headers={"Host": "10.1.2.3:80"}).status == 200
        page = Wire(creance.port, token=token).modern("tools/list", headers={"Origin": "https://evil.example"})
        assert page.status == 403
    # Falco can send no token.
    assert creance.request("POST", "/test")[0] == 200


def test_mcp_where_anybody_could_ask_is_refused_at_start(daemon):
    creance = daemon(HTTP, mcp={"http": True, "socket": "mcp.sock"})
    creance.config["server"]["listen"] = [f"127.0.0.1:{creance.port}", "0.0.0.0:0"]
    config = creance.write_config()
    for command in ("check", "run"):
        ended = subprocess.run([BINARY, command, "-c", config], capture_output=True, text=True, cwd=creance.folder)
        assert ended.returncode == 2 and "mcp.http" in ended.stdout + ended.stderr


def test_without_http_there_is_no_endpoint(daemon):
    creance = daemon(HTTP, mcp={"http": False, "socket": "mcp.sock"}).start()
    assert Wire(creance.port).modern("tools/list").status == 404


def test_names_behind_a_proxy(daemon):
    creance = daemon(HTTP, mcp={"socket": "mcp.sock"}, server={
        "hosts": ["creance.example"], "origins": ["https://console.example"]}).start()
    wire = Wire(creance.port)
    assert wire.modern("tools/list", headers={"Host": "creance.example"}).status == 200
    assert wire.modern("tools/list", headers={"Host": "other.example"}).status == 403
    assert wire.modern("tools/list", headers={"Origin": "https://console.example"}).status == 200
    assert wire.modern("tools/list", headers={"Origin": "https://other.example"}).status == 403


def test_a_client_certificate_is_a_caller(daemon, certificates):
    tls = {"certificate": str(certificates.pem("server")), "key": str(certificates.key("server")),
           "client_ca": str(certificates.pem("right"))}
    creance = daemon(HTTP, mcp={"http": True, "socket": "mcp.sock"}, server={"tls": tls})
    creance.config["server"]["listen"] = f"0.0.0.0:{creance.port}"
    creance.start(ready=False)
    context = ssl.create_default_context(cafile=certificates.pem("right"))
    context.load_cert_chain(certificates.pem("client"), certificates.key("client"))
    wire = Wire(creance.port, tls=context)

    def listed():
        try:
            return wire.modern("tools/list").status == 200
        except OSError:
            return False
    until(listed, what=creance.log)
    wire.modern("tools/call", {"name": "get_overview", "arguments": {}})
    until(lambda: "certificate sha256:" in creance.log(), what=creance.log)
    bare = ssl.create_default_context(cafile=certificates.pem("right"))
    with pytest.raises(OSError):
        Wire(creance.port, tls=bare).modern("tools/list")
    creance.stop()


def test_signed_tokens_of_an_authorization_server(daemon):
    private = {name: ec.generate_private_key(ec.SECP256R1()) for name in ("one", "two")}
    issuer, resource = "https://login.example", "https://creance.example/mcp"
    creance = daemon(HTTP, mcp={"socket": "mcp.sock"}, server={
        "jwt": {"issuer": issuer, "resource": resource, "keys": "jwks.json"}})

    def publish(name):
        public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(private[name].public_key()))
        keys = {"keys": [{**public, "kid": name, "alg": "ES256", "use": "sig"}]}
        (creance.folder / "jwks.json").write_text(json.dumps(keys))

    def signed(kid="one", **claims):
        claims = {"iss": issuer, "aud": resource, "sub": "anna", "exp": int(time.time()) + 600, "scope": READ, **claims}
        return jwt.encode(claims, private[kid], algorithm="ES256", headers={"kid": kid})

    publish("one")
    creance.start()
    assert Wire(creance.port, token=signed()).modern("tools/list").status == 200
    for wrong in (signed(exp=int(time.time()) - 600), signed(aud="https://other.example"), signed(iss="x"),
                  signed()[:-6] + "AAAAAA", jwt.encode({"iss": issuer, "aud": resource}, "k" * 32, algorithm="HS256")):
        assert Wire(creance.port, token=wrong).modern("tools/list").status == 401
    insufficient = Wire(creance.port, token=signed(scope="openid")).modern("tools/list")
    assert insufficient.status == 403 and "insufficient_scope" in insufficient.headers["www-authenticate"]
    # Clients find their way from the refusal to the issuer (RFC 9728).
    challenge = Wire(creance.port).modern("tools/list").headers["www-authenticate"]
    path = "/.well-known/oauth-protected-resource/mcp"
    assert f'resource_metadata="https://creance.example{path}"' in challenge
    status, text = creance.request("GET", path)
    assert status == 200 and json.loads(text)["resource"] == resource
    assert json.loads(text)["authorization_servers"] == [issuer]
    # A new key counts after SIGHUP.
    assert Wire(creance.port, token=signed("two")).modern("tools/list").status == 401
    publish("two")
    creance.process.send_signal(1)
    until(lambda: Wire(creance.port, token=signed("two")).modern("tools/list").status == 200, what=creance.log)
