# SPDX-License-Identifier: Apache-2.0
"""The files of deploy/: they parse, keep to the hardening they promise, and their configurations are accepted."""

import configparser
import pathlib

import pytest
import yaml

from daemon import run

DEPLOY = pathlib.Path(__file__).resolve().parents[2] / "deploy"
MANIFESTS = ["daemonset.yaml", "central.yaml"]


def objects(name):
    return [one for one in yaml.safe_load_all((DEPLOY / "kubernetes" / name).read_text()) if one]


def workload(name):
    return next(one for one in objects(name) if one["kind"] in ("DaemonSet", "Deployment"))


@pytest.mark.parametrize("name", MANIFESTS)
def test_objects_are_complete_and_named_once(name):
    found = [(one["apiVersion"], one["kind"], one["metadata"]["name"]) for one in objects(name)]
    assert len(set(found)) == len(found)
    assert all(one["metadata"].get("namespace") == "creance" for one in objects(name) if one["kind"] != "Namespace")
    spec = workload(name)["spec"]
    assert spec["selector"]["matchLabels"].items() <= spec["template"]["metadata"]["labels"].items()


@pytest.mark.parametrize("name", MANIFESTS)
def test_pods_run_without_root_without_capabilities_on_a_read_only_root(name):
    pod = workload(name)["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 65532
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["containers"] + pod.get("initContainers", []):
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"] is True
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert "memory" in container["resources"]["limits"]
    for container in pod["containers"]:
        # Only the init container that opens Falco's folder may be root.
        assert "runAsUser" not in container["securityContext"]
        assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
        assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
        mounted = {mount["name"] for mount in container["volumeMounts"]}
        assert mounted <= {volume["name"] for volume in pod["volumes"]}


@pytest.mark.parametrize("name", MANIFESTS)
def test_configurations_in_manifests_are_accepted(name, tmp_path):
    texts = [text for one in objects(name) if one["kind"] == "ConfigMap" for text in one["data"].values()]
    assert len(texts) == 1
    config = tmp_path / "creance.yaml"
    config.write_text(texts[0])
    code, _, said = run("check", "-c", config)
    assert code == 0, said
    pod = workload(name)["spec"]["template"]["spec"]
    drain = yaml.safe_load(texts[0])["server"]["drain"]
    assert pod["terminationGracePeriodSeconds"] > int(drain.removesuffix("s"))


def test_the_configuration_of_the_systemd_unit_is_accepted():
    code, _, said = run("check", "-c", DEPLOY / "systemd/creance.yaml")
    assert code == 0, said


def test_the_systemd_unit_is_hardened():
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(DEPLOY / "systemd/creance.service")
    service = unit["Service"]
    for key, value in {
            "DynamicUser": "yes", "StateDirectory": "creance", "NoNewPrivileges": "yes", "ProtectSystem": "strict",
            "CapabilityBoundingSet": "", "MemoryDenyWriteExecute": "yes"}.items():
        assert service.get(key) == value, key
    assert {"MemoryMax", "SystemCallFilter", "RestrictAddressFamilies"} <= service.keys()


def test_falcos_patch_parses():
    patch = yaml.safe_load((DEPLOY / "kubernetes/falco-umask.yaml").read_text())
    container, = patch["spec"]["template"]["spec"]["containers"]
    assert "umask 0007" in container["command"][2]
