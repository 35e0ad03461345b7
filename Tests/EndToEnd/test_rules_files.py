# SPDX-License-Identifier: Apache-2.0
"""`creance rules list|describe|validate|fields` over Falco's rules files, held against what a real Falco answered."""

import json
from types import SimpleNamespace

import pytest

import alerts
from daemon import run

SAMPLES = alerts.SAMPLES / "falco-cli"


def creance(*arguments, stdin=None, cwd=SAMPLES):
    code, output, errors = run(*arguments, stdin=stdin, cwd=cwd)
    return SimpleNamespace(returncode=code, stdout=output.decode(), stderr=errors)


def rules(*arguments, stdin=None):
    return creance("rules", *arguments, stdin=stdin)


def ordered(value, key=""):
    """What Falco keeps in sets has no order."""
    if isinstance(value, dict):
        return {name: ordered(member, name) for name, member in value.items()}
    sets = ("condition_fields", "condition_operators", "events", "exception_fields", "exception_operators")
    if key in sets:
        return sorted(value)
    return [ordered(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", ["cond", "field", "macro", "syntax", "unknownkey"])
def test_a_file_is_judged_as_falco_judged_it(name):
    done = rules("validate", "--json", f"bad/{name}.yaml")
    recorded = json.loads((SAMPLES / f"V_{name}_json.json").read_text().replace("rules/bad/", "bad/"))
    assert json.loads(done.stdout) == recorded
    assert done.returncode == (0 if recorded["falco_load_results"][0]["successful"] else 1)


def test_a_good_file_is_good_and_described_as_falco_described_it():
    assert rules("validate", "good.yaml", "--strict").returncode == 0
    recorded = json.loads((SAMPLES / "V_good_L_json.json").read_text())["falco_describe_results"]
    assert ordered(json.loads(rules("list", "good.yaml", "--json").stdout)) == ordered(recorded)
    name = recorded["rules"][0]["info"]["name"]
    described = json.loads(rules("describe", name, "good.yaml", "--json").stdout)
    assert ordered(described["rules"][0]) == ordered(recorded["rules"][0])


def test_every_error_is_told_with_its_place(tmp_path):
    done = rules("validate", "bad/two.yaml", "good.yaml")
    assert done.returncode == 1
    assert "bad/two.yaml:3:14: error LOAD_ERR_COMPILE_CONDITION: filter_check called with nonexistent field proc.nope1" \
        in done.stdout
    assert "bad/two.yaml:8:14: error LOAD_ERR_COMPILE_CONDITION: filter_check called with nonexistent field proc.nope2" \
        in done.stdout
    assert "good.yaml: ok" in done.stdout
    assert done.stdout.endswith("2 errors\n")


def test_rules_come_from_a_pipe_a_folder_and_the_configuration(tmp_path):
    text = (SAMPLES / "good.yaml").read_bytes()
    assert rules("validate", "-", stdin=text).stdout.startswith("-: ok")
    folder = tmp_path / "falco"
    (folder / "rules.d").mkdir(parents=True)
    (folder / "falco.yaml").write_text("json_output: true\n")
    (folder / "falco_rules.yaml").write_bytes(text)
    (folder / "rules.d" / "more.yaml").write_text(
        "- rule: More\n  desc: d\n  condition: evt.type = open\n  output: x\n  priority: INFO\n  tags: [mine]\n")
    config = tmp_path / "creance.yaml"
    config.write_text("falco: { rules: [falco] }\n")
    listed = json.loads(rules("list", "-c", config, "--json").stdout)
    assert listed["rules"][-1]["info"]["name"] == "More" and len(listed["rules"]) > 1
    assert "More" in rules("list", folder, "--tag", "mine").stdout
    assert rules("list", folder, "--tag", "mine").stdout.endswith("1 rule\n")


def test_what_is_not_there_is_said():
    assert rules("validate", "nowhere.yaml").returncode == 2
    missing = rules("describe", "Goood", "good.yaml")
    assert missing.returncode == 1 and "there is no rule 'Goood'" in missing.stderr
    assert rules("fields", "--contains", "nosuchfield").returncode == 1
    assert rules("fields", "--source", "k8s_audit").returncode == 2
    bad = rules("list", "bad/field.yaml", "good.yaml")
    assert bad.returncode == 1 and "error LOAD_ERR_COMPILE_CONDITION" in bad.stderr and "1 rule" in bad.stdout


def test_fields_are_falco_s():
    names = rules("fields", "--names").stdout.split()
    recorded = (alerts.SAMPLES / "falco-fields.tsv").read_text().splitlines()[1:]
    assert names == [line.split("\t")[0] for line in recorded]
    assert "proc.exepath" in rules("fields", "--contains", "EXEPATH").stdout


def test_hostile_names_cannot_steer_a_terminal(tmp_path):
    (tmp_path / "evil.yaml").write_text(
        '- rule: "\\e]0;owned\\a \\u202e"\n  desc: "x\\e[2J"\n  condition: evt.type = open and proc.nope = 1\n'
        '  output: x\n  priority: INFO\n')
    for command in (["validate"], ["list"]):
        done = rules(*command, tmp_path / "evil.yaml")
        assert "\x1b" not in done.stdout + done.stderr and "\u202e" not in done.stdout + done.stderr


def test_the_gate_points_at_the_rule(tmp_path):
    """The finding's file and line are the rule's, told from the folder the gate runs in."""
    (tmp_path / "rules").mkdir()
    rule = alerts.alert(7)["rule"]
    (tmp_path / "rules" / "own.yaml").write_text(
        "# first\n\n- rule: " + json.dumps(rule) + "\n  desc: d\n  condition: evt.type = open\n  output: x\n"
        "  priority: INFO\n")
    (tmp_path / "alerts.jsonl").write_text(alerts.line(7) + "\n")
    (tmp_path / "ci.yaml").write_text("falco: { rules: [rules] }\ncorrelate: { rules: [] }\n")
    done = creance("gate", "-c", "ci.yaml", "alerts.jsonl", "--fail-on", "debug", "--report", "json=report.json",
                   "--report", "sarif=report.sarif", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    finding, = json.loads((tmp_path / "report.json").read_text())["findings"]
    assert (finding["file"], finding["line"]) == ("rules/own.yaml", 3)
    place = json.loads((tmp_path / "report.sarif").read_text())["runs"][0]["results"][0]["locations"][0]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "rules/own.yaml"
    assert place["physicalLocation"]["region"]["startLine"] == 3
    (tmp_path / "ci.yaml").write_text("falco: { rules: [nowhere] }\n")
    assert creance("gate", "-c", "ci.yaml", "alerts.jsonl", cwd=tmp_path).returncode == 2
