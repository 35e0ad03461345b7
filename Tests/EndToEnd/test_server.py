# SPDX-License-Identifier: Apache-2.0
"""What a probe, Prometheus and a falcosidekick user find at the server."""

import json

import alerts
from daemon import run
from waiting import until

HTTP = {"web": {"type": "falco_http"}}


def test_the_paths_of_falcosidekick(daemon):
    creance = daemon(HTTP).start()
    assert creance.request("GET", "/ping") == (200, "pong\n") or creance.request("GET", "/ping")[1].strip() == "pong"
    for path in ("/healthz", "/readyz", "/metrics"):
        assert creance.request("GET", path)[0] == 200
    assert creance.request("POST", "/test", b"")[0] == 200
    creance.settle("web", 1)
    assert len(creance.alerts()) == 1
    assert creance.request("GET", "/nothing")[0] == 404


def test_a_secret_path(daemon, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("Zm9vYmFyYmF6cXV4\n")
    creance = daemon({"web": {"type": "falco_http", "secret": f"${{file:{secret}}}"}}).start()
    assert creance.post(alerts.line(0)) == 404
    assert creance.post(alerts.line(1), path="/Zm9vYmFyYmF6cXV4") == 200
    creance.settle("web", 1)
    assert alerts.numbers(creance.alerts()) == [1]
    assert "Zm9vYmFyYmF6cXV4" not in creance.log()


def test_an_alert_with_only_what_is_required_is_never_refused(daemon):
    creance = daemon(HTTP).start()
    minimal = {"priority": "Warning", "rule": "R", "time": "2026-05-28T20:26:40.000484839Z"}
    # The same time, rule and text twice would be one alert that came twice.
    for body in (minimal, {**minimal, "rule": "S", "output_fields": {}},
                 {**minimal, "rule": "T", "output_fields": None, "priority": "INFO"}):
        assert creance.post(json.dumps(body)) == 200
    creance.settle("web", 3)
    assert [record["priority"] for record in creance.alerts()] == ["Warning", "Warning", "Informational"]


def test_status_and_search_read_beside_the_daemon(daemon):
    creance = daemon(HTTP).start()
    assert creance.post("\n".join(alerts.line(number) for number in range(100))) == 200
    creance.settle("web", 100)
    config = creance.folder / "creance.yaml"
    code, out, said = run("status", "-c", config, "--json")
    assert code == 0, said
    json.loads(out)
    code, out, said = run("search", "-c", config, "--json", "--limit", 1000)
    assert code == 0, said
    found = [json.loads(line) for line in out.decode().splitlines()]
    assert sorted(alerts.numbers(found)) == list(range(100))
    number = alerts.FIELD
    code, out, said = run("search", "-c", config, "--json", "--when", f"{number} in (7, 70) or {number} = 42")
    assert code == 0, said
    assert sorted(alerts.numbers([json.loads(line) for line in out.decode().splitlines()])) == [7, 42, 70]
    for wrong, words in (("rule contians x", "contains"), ("kind = incident", "only alerts")):
        code, out, said = run("search", "-c", config, "--when", wrong)
        assert code == 2 and not out and words in said


def test_it_is_ready_within_a_moment_and_idle_costs_nothing(daemon):
    creance = daemon(HTTP).start()
    before = creance.metrics().total("creance_process_start_time_seconds")
    assert before > 0
    until(lambda: creance.request("GET", "/healthz")[0] == 200)
    body = json.loads(creance.request("GET", "/healthz")[1])
    assert body["status"] == "ok" and body["components"]
