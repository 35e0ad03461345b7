# SPDX-License-Identifier: Apache-2.0
"""Certificates for mutual TLS, right and wrong, made with openssl for one test run."""

import shutil
import subprocess

import grpc


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Certificates:
    """Two authorities, `right` and `other`; a server and clients of each."""

    def __init__(self, folder):
        self.folder = folder
        for authority in ("right", "other"):
            openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 30,
                    "-subj", f"/CN={authority} authority", "-keyout", self.key(authority), "-out", self.pem(authority),
                    "-addext", "basicConstraints=critical,CA:TRUE")
        self._issue("server", "right", names="subjectAltName=DNS:localhost,IP:127.0.0.1")
        self._issue("client", "right")
        self._issue("other_client", "other")
        self._issue("expired_client", "right", days=-1)

    def pem(self, name):
        return self.folder / f"{name}.crt"

    def key(self, name):
        return self.folder / f"{name}.key"

    def _issue(self, name, authority, days=30, names="subjectAltName=DNS:creance"):
        request = self.folder / f"{name}.csr"
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                "-keyout", self.key(name), "-out", request)
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(names + "\n")
        openssl("x509", "-req", "-in", request, "-CA", self.pem(authority), "-CAkey", self.key(authority),
                "-CAcreateserial", "-days", days, "-extfile", extensions, "-out", self.pem(name))

    def issue_servers(self):
        """Servers with one mistake each."""
        here = "subjectAltName=DNS:localhost,IP:127.0.0.1"
        if not self.pem("expired_server").exists():
            self._issue("expired_server", "right", days=-1, names=here)
            self._issue("other_server", "other", names=here)
            self._issue("server_of_another_name", "right", names="subjectAltName=DNS:elsewhere.example")

    def server_credentials(self):
        """As Falco has them: a client certificate is required."""
        return grpc.ssl_server_credentials(
            [(self.key("server").read_bytes(), self.pem("server").read_bytes())],
            root_certificates=self.pem("right").read_bytes(), require_client_auth=True)

    def client_files(self, client="client", authority="right"):
        return {"ca": str(self.pem(authority)), "certificate": str(self.pem(client)), "key": str(self.key(client))}

    def copy_client_files(self, wrong):
        """Files of a client with one mistake; `mend` puts the right ones in their place."""
        right = self.client_files("client" if wrong == "other_ca" else wrong, "other" if wrong == "other_ca" else "right")
        files = {}
        for name, path in right.items():
            files[name] = str(self.folder / f"used-{name}.pem")
            shutil.copy(path, files[name])
        return files

    def mend(self, files):
        """All three are replaced, each at once, as a rotation does it."""
        for name, path in self.client_files().items():
            fresh = files[name] + ".new"
            shutil.copy(path, fresh)
            shutil.move(fresh, files[name])
