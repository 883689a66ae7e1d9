"""What strategies are compared on: pools whose answers are known, to be bought one by one."""

CATALOGUE: dict[str, str] = {
    "liang": "discovery.benchmark.problems.liang:LiangProblem",
    "cofs": "discovery.benchmark.problems.cofs:CofsProblem",
    "crystals": "discovery.benchmark.problems.crystals:CrystalProblem",
    "analytic": "discovery.benchmark.problems.analytic:AnalyticProblem",
    "table": "discovery.benchmark.problems.table:TableProblem",
}
