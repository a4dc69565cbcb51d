"""Archives that the real numpy and safetensors write, read by tconv, and the other way round.

    python3 tests/io/archives.py build/release/tconv [--large]

--large adds members of more than 4 GiB, both ways: 9 GB of disk and of memory. Needs numpy and, for
the half about them, safetensors and ml_dtypes (pip install ml_dtypes). Tensors go through an
identity layer, a 1x1 kernel of one, so that every byte must come back.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import numpy as np

IDENTITY = ["run", "nn.Conv2d(1, 1, 1, bias=False)", "-w", "[[[[1]]]]", "-q"]
FLOATS = ["float16", "float32", "float64"]
INTEGERS = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]

failures = 0


def check(name, good):
    global failures
    failures += not good
    print(f"{'ok  ' if good else 'FAIL'} {name}")


def tconv(binary, *arguments, data=None):
    return subprocess.run([binary, *arguments], input=data, capture_output=True, check=False)


def sample(dtype):
    """Values that every dtype has, NaN and a subnormal among those of floats."""
    values = np.arange(24).reshape(1, 1, 4, 6) % 2
    if dtype == "bool":
        return values.astype(bool)
    array = (values * 100).astype(dtype)
    if dtype in FLOATS:
        array[0, 0, 0, :3] = [np.nan, np.inf, np.finfo(dtype).smallest_subnormal]
    return array


def as_computed(array):
    return array if array.dtype.name in (*FLOATS, "bfloat16") else array.astype("float32")


def same_bytes(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def through(binary, folder, argument):
    """The tensor that tconv reads there, by way of an .npy on standard output."""
    ran = tconv(binary, *IDENTITY, "-x", str(argument), "-o", "-")
    if ran.returncode != 0:
        return ran.stderr.decode()
    (folder / "through.npy").write_bytes(ran.stdout)
    return np.load(folder / "through.npy")


def check_npz(binary, folder):
    arrays = {dtype: sample(dtype) for dtype in FLOATS + INTEGERS}
    arrays["fortran"] = np.asfortranarray(sample("float32"))
    arrays["swapped"] = sample("float32").astype(">f4")
    arrays["größe/β"] = sample("float32")
    for name, save in (("stored", np.savez), ("deflated", np.savez_compressed)):
        path = folder / f"{name}.npz"
        save(path, **arrays)
        for key, array in arrays.items():
            wanted = as_computed(array.astype(array.dtype.newbyteorder("=")))
            read = through(binary, folder, f"{path}:{key}")
            check(f"{name} {key}", isinstance(read, np.ndarray) and same_bytes(read, wanted))
        listed = json.loads(tconv(binary, "info", "--json", str(path)).stdout)
        check(
            f"{name} info",
            {m["name"]: (m["dtype"], tuple(m["shape"]), m["bytes"]) for m in listed["members"]}
            == {k: (a.dtype.name, a.shape, a.nbytes) for k, a in arrays.items()},
        )

    # Large enough that the header and the elements do not come in one piece.
    large = np.random.default_rng(0).standard_normal((1, 1, 700, 900)).astype("float32")
    np.savez_compressed(folder / "large.npz", large)
    check("deflated, 2.5 MB", same_bytes(through(binary, folder, folder / "large.npz"), large))


def check_npz_output(binary, folder):
    for dtype in FLOATS:
        np.save(folder / "x.npy", sample(dtype))
        for target, member in (("y.npz", "arr_0"), ("named.npz:out/β", "out/β")):
            tconv(binary, *IDENTITY, "-x", str(folder / "x.npy"), "-o", str(folder / target))
            path = folder / target.split(":")[0]
            check(f"numpy reads {target} {dtype}", same_bytes(np.load(path)[member], sample(dtype)))
            check(f"zipfile finds {target} whole", zipfile.ZipFile(path).testzip() is None)
            read = through(binary, folder, path)
            check(f"tconv reads {target} {dtype}", same_bytes(read, sample(dtype)))
    piped = tconv(binary, *IDENTITY, "-x", str(folder / "x.npy"), "--format", "npz").stdout
    check("--format npz streams the same bytes", piped == (folder / "y.npz").read_bytes())
    back = tconv(binary, *IDENTITY, "-x", "-", "--format", "npy", data=piped)
    check("standard input takes an .npz", back.stdout[128:] == sample("float64").tobytes())


def check_safetensors(binary, folder):
    import ml_dtypes
    from safetensors.numpy import save_file

    arrays = {dtype: sample(dtype) for dtype in FLOATS + INTEGERS}
    path = folder / "model.safetensors"
    save_file({**arrays, "bfloat16": sample("float32").astype(ml_dtypes.bfloat16)}, path,
              metadata={"format": "np"})
    for key, array in arrays.items():
        read = through(binary, folder, f"{path}:{key}")
        check(f"safetensors {key}", isinstance(read, np.ndarray)
              and same_bytes(read, as_computed(array)))
    ran = tconv(binary, *IDENTITY, "-x", f"{path}:bfloat16", "-o", "-")
    wanted = sample("float32").astype(ml_dtypes.bfloat16).tobytes()
    check("safetensors bfloat16", ran.stdout.endswith(wanted))
    listed = json.loads(tconv(binary, "info", "--json", str(path)).stdout)
    check("safetensors info", {m["name"] for m in listed["members"]} == {*arrays, "bfloat16"})


def check_large(binary, folder):
    """Sizes and offsets that need 64 bits."""
    array = np.zeros((1, 1, 47000, 47000), "float16")
    array[0, 0, -1, -3:] = [1, 2, 3]
    np.savez(folder / "x.npz", array)
    ran = tconv(binary, *IDENTITY, "-x", str(folder / "x.npz"), "-o", str(folder / "y.npz"))
    check("4.4 GB through tconv", ran.returncode == 0)
    (folder / "x.npz").unlink()
    check("zipfile finds it whole", zipfile.ZipFile(folder / "y.npz").testzip() is None)
    back = np.load(folder / "y.npz")["arr_0"]
    check("numpy reads it", back.shape == array.shape
          and back[0, 0, -1, -3:].tolist() == [1, 2, 3] and not back[0, 0, :-1].any())
    listed = json.loads(tconv(binary, "info", "--json", str(folder / "y.npz")).stdout)
    check("tconv lists it", listed["members"][0]["bytes"] == array.nbytes)


def main():
    binary = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        check_npz(binary, folder)
        check_npz_output(binary, folder)
        if "--large" in sys.argv:
            check_large(binary, folder)
        try:
            check_safetensors(binary, folder)
        except ImportError as missing:
            print(f"left out: safetensors ({missing})")
    print(f"{failures} failed")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
