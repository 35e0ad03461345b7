# SPDX-License-Identifier: Apache-2.0
"""A real Alertmanager on loopback, asked with its own amtool (Debian's prometheus-alertmanager)."""

import http.client
import json
import subprocess

from daemon import free_port
from waiting import until

CONFIG = """\
global: {resolve_timeout: 1h}
route: {receiver: nobody}
receivers: [{name: nobody}]
"""


class Alertmanager:
    """Without peers, with its data in `folder`."""

    def __init__(self, folder):
        folder.mkdir()
        (folder / "config.yml").write_text(CONFIG)
        self.port = free_port()
        with open(folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                ["prometheus-alertmanager", f"--config.file={folder}/config.yml", f"--storage.path={folder}/data",
                 f"--web.listen-address=127.0.0.1:{self.port}", "--cluster.listen-address="],
                stdout=log, stderr=log)
        until(self.is_ready, what=lambda: (folder / "log").read_text())

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def is_ready(self):
        try:
            return self.get("/-/ready")[0] == 200
        except OSError:
            return False

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def alerts(self, *matchers):
        """What amtool lists as firing."""
        done = subprocess.run(
            ["amtool", "alert", "query", f"--alertmanager.url={self.url}", "--output=json", *matchers],
            check=True, capture_output=True, timeout=120)
        return json.loads(done.stdout)

    def close(self):
        self.process.kill()
        self.process.wait()
