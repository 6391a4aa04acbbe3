# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""What the workers of compare.py share: one process a peer, which keeps its weights and measures when told to.

A worker first prints {"name": ...}; then, for each line "M SECONDS" that it reads, {"median_us", "min_us", "info"}.
"""

import json
import sys
import time

LEAST = 3


def measure(call, seconds):
    call()
    call()
    times = []
    start = time.perf_counter()
    while len(times) < LEAST or time.perf_counter() - start < seconds:
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    times.sort()
    return {"median_us": 1e6 * times[len(times) // 2], "min_us": 1e6 * times[0]}


def serve(name, make, after=lambda: None):
    """make(m) gives (call, info); after() ends what the engine would go on doing between two measurements."""
    print(json.dumps({"name": name}), flush=True)
    made = {}
    for line in sys.stdin:
        m, seconds = line.split()
        if m not in made:
            made[m] = make(int(m))
        call, info = made[m]
        result = {**measure(call, float(seconds)), "info": info}
        after()
        print(json.dumps(result), flush=True)


def random_f32(shape, seed):
    import numpy as np

    return np.random.default_rng(seed).uniform(-1.0, 1.0, shape).astype(np.float32)
