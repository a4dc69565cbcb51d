"""What the file system takes for a job's files, without any arithmetic: each read, or written, once.

batch_floor.py read|write BYTES COUNT FOLDER [I N]; prints wall and processor seconds of part I of N.
"""

import os
import pathlib
import sys
import time

kind, size, count, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
part, parts = int(sys.argv[5]), int(sys.argv[6])
buffer = bytearray(os.urandom(1 << 20) * (size // (1 << 20) + 1))[:size]  # touched beforehand
paths = sorted(pathlib.Path(folder).iterdir()) if kind == "read" else None
wall, cpu = time.perf_counter(), time.process_time()
for i in range(part, count, parts):
    if kind == "read":
        file = os.open(paths[i], os.O_RDONLY)
        os.readv(file, [buffer])
    else:
        file = os.open(f"{folder}/{i:07d}.npy", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        os.write(file, buffer)
    os.close(file)
print(time.perf_counter() - wall, time.process_time() - cpu)
