"""What a fresh process is asked to do, so that start-up, compiling and memory are its own: prints one line of JSON."""

import json
import resource
import sys
import time


def simulate(example: str, futures: int, threads: int) -> dict[str, float]:
    """Simulate an example in memory; seconds in all and in the simulation, and the peak of memory in bytes."""
    begun = time.perf_counter()
    import echelon

    company = echelon.load(echelon.example(example))
    ready = time.perf_counter()
    run = echelon.simulate(company, futures=futures, seed=1, threads=threads)
    done = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    enpv = run.measure("enpv")
    return {"seconds": done - ready, "loading": ready - begun, "peak_bytes": peak, "enpv": float(enpv["mean"])}


if __name__ == "__main__":
    print(json.dumps(simulate(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
