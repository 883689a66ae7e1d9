"""Executable contracts: prove in one line that a part keeps the promises of its role.

>>> from discovery.testing import check_oracle
>>> check_oracle(MyOracle())  # doctest: +SKIP

Each check returns nothing, or raises :class:`discovery.errors.ContractError` with a message that
names the fault, the method, what was expected and the usual fix.
"""

from discovery.testing.acquisition import check_acquisition
from discovery.testing.dataset import check_dataset
from discovery.testing.executor import check_executor
from discovery.testing.generator import check_generator
from discovery.testing.loop import check_loop
from discovery.testing.oracle import check_oracle
from discovery.testing.proxy import check_proxy
from discovery.testing.sampler import check_sampler
from discovery.testing.stopping import check_stopping

__all__ = [
    "check_acquisition",
    "check_dataset",
    "check_executor",
    "check_generator",
    "check_loop",
    "check_oracle",
    "check_proxy",
    "check_sampler",
    "check_stopping",
]
