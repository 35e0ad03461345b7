# SPDX-License-Identifier: Apache-2.0
"""Rotated files: by the sink itself under kill -9, by logrotate both ways, read by rsyslog, on a full disk. Every alert once."""

import gzip
import os
import subprocess

import pytest

import alerts
from syslog_receivers import Receiver
from test_kafka import PacedLoad, kill_again_and_again, size
from test_kills import KILLS, rounds
from waiting import until

SOURCE = "alerts.log"


def rotating(daemon, tmp_path, **rotate):
    """A daemon whose file `archive/alerts.json` is rotated, and the file it follows."""
    log = tmp_path / SOURCE
    creance = daemon({"log": {"type": "file", "path": str(log), "follow": True}})
    folder = creance.folder / "archive"
    creance.config["sinks"]["creance"]["path"] = "archive/alerts.json"
    if rotate:
        creance.config["sinks"]["creance"]["rotate"] = {"size": "1MiB", "keep": 10_000, **rotate}
    creance.outputs["creance"] = folder / "alerts.json"
    return creance, log, folder


def unpacked(path):
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes())
    if path.suffix == ".zst":
        return subprocess.run(["zstd", "-dcq", path], capture_output=True, check=True).stdout
    return path.read_bytes()


def rotated(folder):
    """In the order they were written; what is being packed has a hidden name."""
    return sorted(path for path in (folder.iterdir() if folder.exists() else []) if path.name.startswith("alerts-"))


def check(files, wanted):
    """The files in order hold the alerts 0, 1, 2 … once each, in whole lines."""
    found = []
    for path in files:
        content = unpacked(path)
        assert not content or content.endswith(b"\n"), f"{path} ends in the middle of a line"
        found += alerts.numbers(alerts.parse(line) for line in content.decode().splitlines())
    assert found == list(range(wanted)), f"{len(found)} of {wanted}"


def settled(creance, load):
    load.stop()
    creance.settle("log", 0)
    return load.next


@pytest.mark.parametrize(("compress", "turn", "kills"), [
    (compress, turn, kills) for compress, all_kills in [("zstd", KILLS), ("gzip", KILLS // 4), ("none", KILLS // 4)]
    for turn, kills in rounds(all_kills)])
def test_rotation_under_load_and_kill_9(daemon, tmp_path, compress, turn, kills):
    creance, log, folder = rotating(daemon, tmp_path, compress=compress)
    load = PacedLoad(log, batch=20)
    try:
        kill_again_and_again(
            creance, f"rotation {compress}", lambda: (len(rotated(folder)), size(folder / "alerts.json")), kills,
            turn)
        creance.start()
        already = len(rotated(folder))
        until(lambda: len(rotated(folder)) > already + 1, what=creance.log)
    finally:
        load.stop()
    # Everything is read: the last alert is in the file, or was rotated away with it.
    creance.settle("log", 0)
    until(lambda: has_last(folder, load.next - 1), what=creance.log)
    creance.settle("log", 0)
    ending = {"zstd": ".zst", "gzip": ".gz", "none": ".json"}[compress]
    until(lambda: all(path.suffix == ending for path in rotated(folder)),
          what=lambda: f"{[path.name for path in rotated(folder)]}\n{creance.log()}")
    files = rotated(folder)
    creance.stop()
    check([*files, folder / "alerts.json"], load.next)
    assert not [name for name in os.listdir(folder) if name.endswith(".part")]
    assert all(len(unpacked(path)) <= 1 << 20 for path in files)
    print(f"rotation, {compress}: {kills} kills, {load.next} alerts in {len(files) + 1} files, each there once")


def has_last(folder, number):
    wanted = f'"{alerts.FIELD}":"{number}"'.encode()
    return any(wanted in unpacked(path) for path in [folder / "alerts.json", *rotated(folder)[-1:]] if path.exists())


def test_keep_bounds_what_stays(daemon, tmp_path):
    creance, log, folder = rotating(daemon, tmp_path, keep=3)
    folder.mkdir(parents=True)
    (folder / "alerts-notes.json").write_text("not ours\n")
    creance.start()
    load = PacedLoad(log)
    try:
        seen = set()

        def many():
            seen.update(path.name.removesuffix(".zst") for path in rotated(folder))
            return len(seen) >= 10
        until(many, what=creance.log)
    finally:
        count = settled(creance, load)
    until(lambda: len(rotated(folder)) == 4 and all(
        path.suffix == ".zst" for path in rotated(folder)[:3]), what=lambda: f"{rotated(folder)}\n{creance.log()}")
    assert (folder / "alerts-notes.json").exists()
    creance.stop()
    # What stays is the end, without a hole.
    found = []
    for path in [*rotated(folder)[:3], folder / "alerts.json"]:
        found += alerts.numbers(alerts.parse(line) for line in unpacked(path).decode().splitlines())
    assert found == list(range(count - len(found), count))


def logrotate(tmp_path, folder, directives):
    """Runs Debian's logrotate once over the daemon's file, as cron would."""
    config = tmp_path / "logrotate.conf"
    config.write_text(f"{folder}/alerts.json {{\n    rotate 1000\n    missingok\n    notifempty\n"
                      + "".join(f"    {line}\n" for line in directives) + "}\n")
    config.chmod(0o644)
    # logrotate refuses folders that others may write to.
    folder.chmod(0o755)
    done = subprocess.run(["logrotate", "--force", "--state", tmp_path / "logrotate.state", config],
                          capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def of_logrotate(folder):
    def age(path):
        return int(path.name.removeprefix("alerts.json.").removesuffix(".gz"))
    return sorted(folder.glob("alerts.json.*"), key=age, reverse=True)


@pytest.mark.parametrize("signal", ["USR1", "HUP"])
@pytest.mark.parametrize("packing", [[], ["compress", "delaycompress"]], ids=["plain", "packed"])
def test_logrotate_renames_and_says_so(daemon, tmp_path, signal, packing):
    creance, log, folder = rotating(daemon, tmp_path)
    creance.start()
    load = PacedLoad(log)
    current = folder / "alerts.json"
    try:
        for _ in range(6):
            until(lambda: current.exists() and current.stat().st_size > 20_000, what=creance.log)
            before = current.stat().st_ino
            logrotate(tmp_path, folder, [*packing, "nocreate", "postrotate",
                                         f"    kill -{signal} {creance.process.pid}", "endscript"])
            until(lambda: current.exists() and current.stat().st_ino != before, what=creance.log)
    finally:
        count = settled(creance, load)
    creance.stop()
    files = of_logrotate(folder)
    assert len(files) == 6
    check([*files, current], count)


def test_logrotate_renames_and_the_daemon_is_killed_before_it_knows(daemon, tmp_path):
    creance, log, folder = rotating(daemon, tmp_path)
    load = PacedLoad(log)
    current = folder / "alerts.json"
    try:
        for _ in range(6):
            creance.start()
            until(lambda: current.exists() and current.stat().st_size > 20_000, what=creance.log)
            logrotate(tmp_path, folder, ["nocreate"])
            creance.kill()
        creance.start()
    finally:
        load.stop()
    until(lambda: has_last(folder, load.next - 1), what=creance.log)
    count = settled(creance, load)
    creance.stop()
    check([*of_logrotate(folder), current], count)


def test_logrotate_copies_and_truncates(daemon, tmp_path):
    creance, log, folder = rotating(daemon, tmp_path)
    creance.start()
    # Lines written between copy and truncation are lost with every writer (logrotate's manual): it runs in pauses.
    for turn in range(4):
        with open(log, "a", encoding="utf-8") as file:
            file.writelines(alerts.line(number) + "\n" for number in range(turn * 200, turn * 200 + 200))
        until(lambda: has_last(folder, turn * 200 + 199), what=creance.log)
        creance.settle("log", 0)
        if turn == 3:
            break
        logrotate(tmp_path, folder, ["copytruncate"])
        if turn == 1:
            creance.kill()
            creance.start()
    creance.stop()
    check([*of_logrotate(folder), folder / "alerts.json"], 800)


class FileReader(Receiver):
    """rsyslog's imfile on a file that is rotated."""

    def __init__(self, folder, watched):
        super().__init__(folder, "file")
        self.watched = watched

    def command(self, config):
        return ["rsyslogd", "-n", "-f", str(config), "-i", str(self.folder / "pid")]

    def configuration(self):
        return (f'global(workDirectory="{self.folder}" maxMessageSize="256k")\nmodule(load="imfile" mode="inotify")\n'
                f'template(name="line" type="string" string="%msg%\\n")\n'
                f'input(type="imfile" File="{self.watched}" Tag="creance" ruleset="all" reopenOnTruncate="on")\n'
                f'ruleset(name="all" queue.type="Direct") {{ action(type="omfile" file="{self.output}" template="line") }}\n')

    def is_listening(self):
        assert self.process.poll() is None, (self.folder / "log").read_text(errors="replace")[-3000:]
        return (self.folder / "pid").exists()


def test_rsyslog_follows_the_file_over_rotations(daemon, tmp_path):
    creance, log, folder = rotating(daemon, tmp_path, compress="zstd")
    creance.start()
    reader = FileReader(tmp_path / "rsyslog", folder / "alerts.json").start()
    count = 0
    try:
        # So much at a time that the file is rotated in most of them; imfile looks at one name and keeps up in between.
        while len(rotated(folder)) < 5:
            with open(log, "a", encoding="utf-8") as file:
                file.writelines(alerts.line(number) + "\n" for number in range(count, count + 400))
            count += 400
            until(lambda: len(alerts.numbers(reader.records())) >= count,
                  what=lambda: f"{len(reader.records())} of {count} read\n{creance.log()}")
    finally:
        reader.stop()
    assert alerts.numbers(reader.records()) == list(range(count))
    creance.settle("log", 0)


@pytest.fixture
def small_disk(tmp_path):
    """Three megabytes that can become more."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder], capture_output=True,
                      check=False).returncode != 0:
        pytest.skip("mounting is not allowed here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.parametrize("compress", ["none", "zstd"])
def test_a_full_disk_delays_and_loses_nothing(daemon, tmp_path, small_disk, compress):
    creance, log, _ = rotating(daemon, tmp_path, compress=compress)
    creance.config["sinks"]["creance"]["path"] = str(small_disk / "alerts.json")
    creance.outputs["creance"] = small_disk / "alerts.json"
    # What is not rotated and cannot be packed fills the disk.
    (small_disk / "filler").write_bytes(b"x" * (1 << 20))
    if compress == "zstd":
        (small_disk / "more").write_bytes(os.urandom((1 << 20) + (900 << 10)))
    with open(log, "w", encoding="utf-8") as file:
        file.writelines(alerts.line(number) + "\n" for number in range(4000))
    creance.start()
    until(lambda: "No space left on device" in creance.log(), what=creance.log)
    creance.kill()
    creance.start()
    until(lambda: "No space left on device" in creance.log(), what=creance.log)
    subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
    until(lambda: has_last(small_disk, 3999), what=creance.log)
    creance.settle("log", 0)
    creance.stop()
    check([*rotated(small_disk), small_disk / "alerts.json"], 4000)
