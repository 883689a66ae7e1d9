"""Executors carry queries to their oracles: here, in worker processes, or anywhere else."""

CATALOGUE: dict[str, str] = {
    "inline": "loops.executors.inline:InlineExecutor",
    "futures": "loops.executors.futures:FutureExecutor",
    "processes": "loops.executors.processes:ProcessExecutor",
}
