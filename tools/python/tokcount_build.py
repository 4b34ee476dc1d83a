"""Build backend (PEP 517) of this repository: compiles tokcount and wraps it in a wheel.

Standard library only, so that pip has nothing to download. The wheel holds the program itself as
its script, with no Python at run time, and the vocabularies where the program looks for them
(../share/tokcount/vocab). What is missing is said in one line with the names of Debian's packages.

TOKCOUNT_BINARY=FILE in the environment wraps that program instead of compiling one.
"""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import zipfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NAME = "tokcount"
DATA = re.compile(r"\.(tkp|tkc)$|^NOTICE\.md$")

# What "make" needs: a program, a pkg-config module or a header, and Debian's package with it.
PROGRAMS = (("make", "make"), ("cc", "gcc"), ("pkg-config", "pkg-config"))
MODULES = (
    ("libpcre2-8", "libpcre2-dev"), ("libutf8proc", "libutf8proc-dev"), ("libzstd", "libzstd-dev"),
    ("zlib", "zlib1g-dev"), ("yaml-0.1", "libyaml-dev"),
)
HEADERS = (("stdio.h", "libc6-dev"), ("libstemmer.h", "libstemmer-dev"), ("xxhash.h", "libxxhash-dev"))


def stop(message):
    """One line and no traceback: pip shows what the backend printed."""
    print(NAME + ": " + message, file=sys.stderr)
    sys.stderr.flush()
    sys.exit(1)


def compiler():
    return os.environ.get("CC", "cc")


def missing():
    packages = [p for program, p in PROGRAMS
                if shutil.which(compiler().split()[0] if program == "cc" else program) is None]
    if "pkg-config" not in packages:
        packages += [p for module, p in MODULES
                     if subprocess.call(["pkg-config", "--exists", module], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)]
    if "gcc" not in packages:
        for header, package in HEADERS:
            check = subprocess.run(compiler().split() + ["-E", "-x", "c", "-o", os.devnull, "-"],
                                   input=("#include <%s>\n" % header).encode(),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if check.returncode:
                packages.append(package)
    return packages


def need_tools():
    if os.environ.get("TOKCOUNT_BINARY"):
        return
    packages = missing()
    if packages:
        stop("cannot be compiled here; install: %s (names of Debian's packages)" % " ".join(packages))


def version():
    with open(os.path.join(TOP, "vocab", "base", "common.h"), encoding="utf-8") as f:
        return re.search(r'define TKC_VERSION "([^"]+)"', f.read()).group(1)


def compile_program(folder):
    """The path of a program: the one given, or one compiled into folder."""
    given = os.environ.get("TOKCOUNT_BINARY")
    if given:
        if not os.access(given, os.X_OK):
            stop("TOKCOUNT_BINARY=%s is no program" % given)
        return given
    need_tools()
    jobs = str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    program = os.path.join(folder, "tokcount")
    run = subprocess.run(["make", "-j", jobs, "-C", TOP, "B=" + folder, "CFLAGS=-O2", "LDFLAGS=-s", program],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                         env={k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS")})
    if run.returncode:
        sys.stderr.write(run.stdout[-4000:])
        stop("make failed; its last lines are above")
    return program


def platform_tag():
    return sysconfig.get_platform().replace("-", "_").replace(".", "_")


def metadata():
    return ("Metadata-Version: 2.1\nName: %s\nVersion: %s\n"
            "Summary: Counts, prices and checks the tokens of LLM prompts, offline\n"
            "Requires-Python: >=3.8\n" % (NAME, version()))


def wheel_text():
    return ("Wheel-Version: 1.0\nGenerator: tokcount_build\nRoot-Is-Purelib: false\n"
            "Tag: py3-none-%s\n" % platform_tag())


class Wheel:
    """A zip with its RECORD; entries have one date, so that equal input is an equal file."""

    def __init__(self, path):
        self.zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
        self.record = []

    def add(self, name, data, mode=0o644):
        info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        info.external_attr = (0o100000 | mode) << 16
        info.compress_type = zipfile.ZIP_DEFLATED
        self.zip.writestr(info, data)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        self.record.append("%s,sha256=%s,%d" % (name, digest, len(data)))

    def close(self, info_folder):
        self.record.append(info_folder + "/RECORD,,")
        self.zip.writestr(zipfile.ZipInfo(info_folder + "/RECORD", (1980, 1, 1, 0, 0, 0)),
                          "\n".join(self.record) + "\n")
        self.zip.close()


def get_requires_for_build_wheel(config_settings=None):
    need_tools()
    return []


def get_requires_for_build_sdist(config_settings=None):
    return []


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    folder = "%s-%s.dist-info" % (NAME, version())
    os.makedirs(os.path.join(metadata_directory, folder))
    for name, text in (("METADATA", metadata()), ("WHEEL", wheel_text())):
        with open(os.path.join(metadata_directory, folder, name), "w", encoding="utf-8") as f:
            f.write(text)
    return folder


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    base = "%s-%s" % (NAME, version())
    name = "%s-py3-none-%s.whl" % (base, platform_tag())
    with tempfile.TemporaryDirectory() as folder:
        wheel = Wheel(os.path.join(wheel_directory, name))
        with open(compile_program(folder), "rb") as f:
            wheel.add(base + ".data/scripts/tokcount", f.read(), 0o755)
        data = os.path.join(TOP, "vocab", "data")
        for entry in sorted(filter(DATA.search, os.listdir(data))):
            with open(os.path.join(data, entry), "rb") as f:
                wheel.add("%s.data/data/share/tokcount/vocab/%s" % (base, entry), f.read())
        with open(os.path.join(TOP, "LICENSE"), "rb") as f:
            wheel.add(base + ".dist-info/licenses/LICENSE", f.read())
        wheel.add(base + ".dist-info/METADATA", metadata().encode())
        wheel.add(base + ".dist-info/WHEEL", wheel_text().encode())
        wheel.close(base + ".dist-info")
    return name


def build_sdist(sdist_directory, config_settings=None):
    base = "%s-%s" % (NAME, version())
    name = base + ".tar.gz"

    def keep(entry):
        path = entry.name[len(base) + 1:]
        if path.split("/")[0] in ("build", ".git") or "__pycache__" in path:
            return None
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        return entry

    with tarfile.open(os.path.join(sdist_directory, name), "w:gz", format=tarfile.PAX_FORMAT) as tar:
        tar.add(TOP, base, filter=keep)
        info = tempfile.NamedTemporaryFile("w", suffix=".txt")
        with info as f:
            f.write(metadata())
            f.flush()
            tar.add(f.name, base + "/PKG-INFO")
    return name
