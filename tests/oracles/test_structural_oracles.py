import math
import time

import numpy as np
import pytest
from physics_cases import (
    crystal,
    cubic,
    data_folder,
    lithium_phosphide,
    rock_salt,
    split_conductor,
    turned,
)

from discovery.chemistry.structures import candidate_from_structure, parse_cif
from discovery.datasets.archives import Archive
from discovery.errors import BudgetError, InvalidInputError
from discovery.protocols import Oracle
from discovery.testing.oracle import check_oracle
from discovery.types import Candidate, Estimate, Refusal
from oracles.bond_valence import BondValenceOracle
from oracles.ewald import EwaldOracle
from oracles.sendek import SendekOracle

ORACLES = (SendekOracle, BondValenceOracle, EwaldOracle)
