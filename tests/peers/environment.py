"""The virtual environment that holds the peers: made where it is missing, used ever after."""

import hashlib
import os
import pathlib
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).resolve().parent


def default_path():
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(cache) / "tconv" / "peers"


def enter(path):
    """Goes on in the environment's own Python; installs requirements.txt where that has changed."""
    path = pathlib.Path(path).absolute()
    if pathlib.Path(sys.prefix) == path:
        return
    python = path / "bin" / "python"
    requirements = (HERE / "requirements.txt").read_bytes()
    stamp, wanted = path / "tconv-peers", hashlib.sha256(requirements).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"peers: installing into {path}; this takes minutes and some 8 GB", file=sys.stderr)
        if not python.exists():
            venv.create(path, with_pip=True)
        install = [python, "-m", "pip", "install", "--quiet", "-r", HERE / "requirements.txt"]
        subprocess.run(install, check=True)
        stamp.write_text(wanted)
    os.execv(python, [str(python), *sys.argv])


def of_worker(threads):
    """The variables a worker starts with."""
    prefix = pathlib.Path(sys.prefix)
    return {
        **os.environ,
        "OMP_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "",
        "ONEDNN_VERBOSE": "0",
        # oneDNN's wheel runs on SYCL, whose CPU device comes with it but is not registered.
        "LD_LIBRARY_PATH": str(prefix / "lib"),
        "OCL_ICD_FILENAMES": str(prefix / "lib" / "libintelocl.so"),
        "ONEAPI_DEVICE_SELECTOR": "opencl:cpu",
    }
