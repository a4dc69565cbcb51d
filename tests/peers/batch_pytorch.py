"""Every .npy of a folder through one Conv2d, as one would write it with PyTorch.

batch_pytorch.py THREADS STRIDE PADDING W.npy IN OUT; prints the seconds of the loop.
"""

import pathlib
import sys
import time

import numpy as np
import torch
from torch.nn import functional

threads, stride, padding = (int(word) for word in sys.argv[1:4])
torch.set_num_threads(threads)
weight = torch.from_numpy(np.load(sys.argv[4]))
folder, out = pathlib.Path(sys.argv[5]), pathlib.Path(sys.argv[6])
out.mkdir()
begin = time.perf_counter()
with torch.inference_mode():
    for path in sorted(folder.iterdir()):
        x = torch.from_numpy(np.load(path))
        y = functional.conv2d(x, weight, stride=stride, padding=padding)
        np.save(out / path.name, y.numpy())
print(time.perf_counter() - begin)
