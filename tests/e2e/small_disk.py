"""A disk that is soon full: a file system in memory that only the started program sees."""

import os
import subprocess


def _unshare():
    root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", "--mount", *root]


def available():
    """False where the machine forbids mounts, as most containers do."""
    probe = [*_unshare(), "sh", "-c", "mount -t tmpfs tmpfs /mnt"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def prefix(folder, size_mb, ballast_mb=0):
    """What comes before a command so that `folder` is its small disk, with a file `ballast` on it."""
    script = (f'mount -t tmpfs -o size={size_mb}m tmpfs "$0" && '
              f'head -c {ballast_mb}M /dev/zero >"$0/ballast" && exec "$@"')
    return [*_unshare(), "sh", "-c", script, folder]


def remove_ballast(pid, folder):
    os.remove(f"/proc/{pid}/root{folder}/ballast")
