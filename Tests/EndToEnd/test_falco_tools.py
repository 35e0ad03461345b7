# SPDX-License-Identifier: Apache-2.0
"""The falco_* tools of a running daemon, with the stand-in executable and without one, asked by a real MCP client."""

import pathlib

import pytest

import alerts
from mcp_clients import Recording
from waiting import until

STAND_IN = pathlib.Path(__file__).resolve().parents[1] / "FalcoStandIn" / "falco"
SEVEN = ["falco_start_monitoring", "falco_dry_run", "falco_validate_rules", "falco_list_rules", "falco_describe_rule",
         "falco_list_fields", "falco_get_version"]
BAD = (alerts.SAMPLES / "falco-cli/bad/field.yaml").read_text()


def make(daemon, tmp_path, executable=None, writes=False):
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "good.yaml").write_bytes((alerts.SAMPLES / "falco-cli/good.yaml").read_bytes())
    (tmp_path / "secret.yaml").write_text("password: hunter2\n")
    falco = {"rules": [str(rules)]}
    if executable:
        link = tmp_path / executable
        link.symlink_to(STAND_IN)
        falco |= {"executable": str(link), "time_limit": "2s"}
    return daemon({"nodes": {"type": "falco_http"}}, mcp={"socket": "mcp.sock", "allow_writes": writes},
                  falco=falco).start()


def ask(one, tmp_path, body):
    """`body(call)` with `call(tool, **arguments)` giving (is_error, structured or text)."""
    async def session(client, _):
        names = [tool.name for tool in (await client.list_tools()).tools]
        assert [name for name in names if name.startswith("falco_")] == SEVEN

        async def call(tool, **arguments):
            answer = await client.call_tool(tool, arguments)
            return (True, answer.content[0].text) if answer.is_error else (False, answer.structured_content)
        await body(call)

    Recording(tmp_path, "--socket", one.folder / "mcp.sock").run("auto", session)


@pytest.mark.parametrize("executable", ["falco", None])
def test_the_tools_answer_with_and_without_falco(daemon, tmp_path, executable):
    one = make(daemon, tmp_path, executable)

    async def body(call):
        engine = "falco 0.43.1" if executable else "creance"
        _, judged = await call("falco_validate_rules", rules=BAD)
        assert judged["engine"] == engine and not judged["valid"]
        error, = judged["files"][0]["errors"]
        assert (error["code"], error["line"], error["column"]) == ("LOAD_ERR_COMPILE_CONDITION", 3, 14)
        _, listed = await call("falco_list_rules")
        assert listed["engine"] == engine and listed["total"] >= 1
        _, described = await call("falco_describe_rule", rule_name=listed["rules"][0]["name"])
        assert described["rule"]["condition"]
        _, fields = await call("falco_list_fields", contains="proc.aname")
        assert fields["fields"] == [{"name": "proc.aname", "type": "CHARBUF", "class": "process"}]
        _, dry = await call("falco_dry_run", rules_path="good.yaml")
        assert dry["ok"] and ("plugins" in dry["checked"]) == bool(executable)
        _, version = await call("falco_get_version")
        assert version["versions"]["engine_version_semver"] == "0.58.0"
        _, attached = await call("falco_start_monitoring")
        assert attached["status"] == "attached" and attached["cursor"]
        for name in ("/etc/passwd", "../secret.yaml", str(tmp_path / "secret.yaml")):
            failed, text = await call("falco_validate_rules", rules_path=name)
            assert failed and "good.yaml" in text and "hunter2" not in text

    ask(one, tmp_path, body)


@pytest.mark.parametrize("executable", ["falco-slow", "falco-crash", "falco-garbage", "falco-silent"])
def test_a_falco_that_misbehaves_is_a_sentence(daemon, tmp_path, executable):
    one = make(daemon, tmp_path, executable)

    async def body(call):
        failed, text = await call("falco_list_rules", rules=BAD)
        assert failed and str(tmp_path) not in text

    ask(one, tmp_path, body)


def test_a_started_falco_brings_its_alerts_into_the_journal(daemon, tmp_path):
    one = make(daemon, tmp_path, "falco", writes=True)

    async def body(call):
        _, started = await call("falco_start_monitoring", rules_path="good.yaml", duration=120)
        assert started["status"] == "started" and started["seconds"] == 120
        failed, waited = await call("wait_for_alerts", cursor=started["cursor"], max_wait_seconds=50, settle_ms=1000)
        assert not failed and waited["status"] == "alerts", waited
        _, stopped = await call("falco_start_monitoring", stop=True)
        assert stopped["status"] == "stopped" and stopped["alerts"] == 3 and stopped["refused"] == 0

    ask(one, tmp_path, body)
    one.settle("nodes", 3)
    # Falco runs with its alerts on standard output alone.
    arguments = (tmp_path / "arguments").read_text().split("\n")
    assert "http_output.enabled=false" in arguments and "-M" in arguments
    pid = int((tmp_path / "pid").read_text())
    until(lambda: not pathlib.Path(f"/proc/{pid}").exists())


def test_the_end_of_the_daemon_ends_what_it_started(daemon, tmp_path):
    one = make(daemon, tmp_path, "falco", writes=True)

    async def body(call):
        _, started = await call("falco_start_monitoring", rules_path="good.yaml", duration=600)
        assert started["status"] == "started"

    ask(one, tmp_path, body)
    until((tmp_path / "pid").exists)
    pid = int((tmp_path / "pid").read_text())
    one.settle("nodes", 3)
    one.stop()
    until(lambda: not pathlib.Path(f"/proc/{pid}").exists())


def test_without_writes_nothing_is_started(daemon, tmp_path):
    one = make(daemon, tmp_path, "falco")

    async def body(call):
        failed, text = await call("falco_start_monitoring", rules_path="good.yaml")
        assert failed and "allow_writes" in text

    ask(one, tmp_path, body)
    assert not (tmp_path / "pid").exists()
