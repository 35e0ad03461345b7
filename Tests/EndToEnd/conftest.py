# SPDX-License-Identifier: Apache-2.0
"""Fixtures: daemons and Falcos that end with their test, the conservation of alerts asserted when they do."""

import pytest

from certificates import Certificates
from daemon import Daemon, is_quiet, violations
from falco_peer import FalcoPeer
from waiting import until


@pytest.fixture
def daemon(tmp_path):
    """Makes daemons: `daemon(sources, …)`. One that still runs at the end is checked and stopped."""
    made = []

    def make(sources, name="creance", **rest):
        made.append(Daemon(tmp_path / name, sources, **rest))
        return made[-1]

    yield make
    running = [one for one in made if one.is_running]
    try:
        for one in running:
            def conserved(one=one):
                now = one.metrics()
                return is_quiet(now) and not violations(now)
            until(conserved, what=lambda one=one: f"{violations(one.metrics())}\n{one.intake()}")
            one.stop()
    finally:
        for one in running:
            if one.is_running:
                one.kill()


@pytest.fixture
def falco(tmp_path):
    with FalcoPeer(f"unix://{tmp_path}/falco.sock") as peer:
        yield peer


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))
