from dataclasses import dataclass, field
from typing import ClassVar

import pytest

from discovery.errors import ContractError
from discovery.rng import stream
from discovery.testing import check_oracle
from discovery.testing.probes import oracle_probes, rock_salt
from discovery.types import Bound, Candidate, Estimate, Refusal

COUNT = [0]


class LithiumShare:
    """A correct oracle: noisy share of lithium, a bound below 10 %, a refusal without any."""

    version, property, unit = "1", "li_share", "1"

    def cost(self, candidate):
        return 1.0 + len(candidate.composition)

    def label(self, candidates, seed):
        return [self.answer(candidate, seed) for candidate in candidates]

    def answer(self, candidate, seed):
        share = candidate.fractions.get("Li", 0.0)
        if share == 0:
            return Refusal("no Li")
        if share < 0.1:
            return Bound("left", 0.1)
        noise = stream(seed, candidate.id).normal(0, 0.01)
        return Estimate(share + noise, 0.01, {"elements": len(candidate.composition)})


class NoUnit(LithiumShare):
    unit = ""


class NoVersion(LithiumShare):
    version = None


class Unpicklable(LithiumShare):
    def __init__(self):
        self.function = lambda x: x


class SortsItsInput(LithiumShare):
    def label(self, candidates, seed):
        candidates.sort(key=lambda c: c.id)
        return super().label(candidates, seed)


class ChangesFractions(LithiumShare):
    def answer(self, candidate, seed):
        candidate.fractions["Li"] = 0.5
        return super().answer(candidate, seed)


class ChangesCandidate(LithiumShare):
    def cost(self, candidate):
        object.__setattr__(candidate, "name", "mine")
        return 1.0


class RaisesWithoutLithium(LithiumShare):
    def answer(self, candidate, seed):
        return Estimate(candidate.fractions["Li"])


class DropsRefusals(LithiumShare):
    def label(self, candidates, seed):
        return [o for o in super().label(candidates, seed) if not isinstance(o, Refusal)]


class ReturnsNumbers(LithiumShare):
    def answer(self, candidate, seed):
        return candidate.fractions.get("Li", 0.0)


class RefusesSilently(LithiumShare):
    def answer(self, candidate, seed):
        return Refusal(" ")


class KeepsLists(LithiumShare):
    def answer(self, candidate, seed):
        return Estimate(1.0, details={"neighbours": [1, 2]})


class DrawsGlobally(LithiumShare):
    def answer(self, candidate, seed):
        COUNT[0] += 1
        return Estimate(float(COUNT[0]))


@dataclass
class Drifts(LithiumShare):
    calls: int = 0

    def label(self, candidates, seed):
        self.calls += 1
        return [Estimate(float(self.calls)) for _ in candidates]


class SeedsByPosition(LithiumShare):
    def label(self, candidates, seed):
        return [Estimate(float(i)) for i, _ in enumerate(candidates)]


class Centres(LithiumShare):
    def label(self, candidates, seed):
        shares = [c.fractions.get("Li", 0.0) for c in candidates]
        return [Estimate(share - sum(shares) / len(shares)) for share in shares]


class RaisesAtNothing(LithiumShare):
    def label(self, candidates, seed):
        max(c.fractions.get("Li", 0.0) for c in candidates)
        return super().label(candidates, seed)


@dataclass
class Charges(LithiumShare):
    spent: float = 0.0

    def cost(self, candidate):
        self.spent += 1.0
        return 1.0


@dataclass
class GetsDearer(LithiumShare):
    asked: list = field(default_factory=list)

    def cost(self, candidate):
        self.asked.append(candidate.id)
        return float(len(self.asked))


class PriceDecidesAnswer(LithiumShare):
    priced: ClassVar[set] = set()

    def cost(self, candidate):
        self.priced.add(candidate.id)
        return 1.0

    def answer(self, candidate, seed):
        return Estimate(1.0 if candidate.id in self.priced else 0.0)


class CostsLessThanNothing(LithiumShare):
    def cost(self, candidate):
        return -1.0


class CostsNothingKnown(LithiumShare):
    def cost(self, candidate):
        return float("nan")


class RaisesAtPrice(LithiumShare):
    def cost(self, candidate):
        return candidate.structure.volume


def test_a_correct_oracle_passes():
    check_oracle(LithiumShare())


def test_further_candidates_are_tried_too():
    class Picky(LithiumShare):
        def answer(self, candidate, seed):
            return Estimate(1.0) if "K" not in candidate.fractions else 1 / 0

    Picky.__qualname__ = "Picky"
    globals()["Picky"] = Picky
    check_oracle(Picky())
    with pytest.raises(ContractError, match=r"Picky\.label raises ZeroDivisionError.*KF"):
        check_oracle(Picky(), [rock_salt("K", "F", 5.34)])


@pytest.mark.parametrize(
    ("oracle", "message"),
    [
        (NoUnit, r"NoUnit\.unit is ''.*Expected: a text.*Usual fix: a class attribute, unit ="),
        (NoVersion, r"NoVersion\.version is not declared"),
        (Unpicklable, r"Unpicklable\.__reduce__ cannot be pickled.*keep no lambda"),
        (SortsItsInput, r"SortsItsInput\.label mutates its input \(a list\).*work on a copy"),
        (ChangesFractions, r"ChangesFractions\.label mutates its input"),
        (ChangesCandidate, r"ChangesCandidate\.cost mutates its input \(a Candidate\)"),
        (RaisesWithoutLithium, r"label raises KeyError: 'Li'.*return Refusal\(reason\)"),
        (DropsRefusals, r"label returns 7 outcomes for 9 candidates.*one per candidate"),
        (ReturnsNumbers, r"label returns a float.*an Estimate, a Bound or a Refusal"),
        (RefusesSilently, r"label refuses without a reason"),
        (KeepsLists, r"label puts a list into details\['neighbours'\].*flat JSON"),
        (DrawsGlobally, r"label is not deterministic.*discovery\.rng\.stream"),
        (Drifts, r"label is not deterministic.*keep no state"),
        (SeedsByPosition, r"label depends on the order of the candidates"),
        (Centres, r"label depends on the other candidates of the batch"),
        (RaisesAtNothing, r"label raises ValueError"),
        (Charges, r"Charges\.cost charges or otherwise changes the oracle.*ledger"),
        (GetsDearer, r"cost is not pure: 1\.0 first, then"),
        (PriceDecidesAnswer, r"cost changes what label answers"),
        (CostsLessThanNothing, r"cost returns -1\.0.*a finite number, 0 or more"),
        (CostsNothingKnown, r"cost returns nan"),
        (RaisesAtPrice, r"cost raises AttributeError.*announce a price"),
    ],
)
def test_each_fault_is_named(oracle, message):
    PriceDecidesAnswer.priced.clear()
    with pytest.raises(ContractError, match=message):
        check_oracle(oracle())


def test_probes_cover_what_may_be_missing():
    probes = oracle_probes()
    assert len({probe.id for probe in probes}) == len(probes)
    assert any(probe.structure is None and probe.lattice is None for probe in probes)
    assert any(probe.structure is None and probe.lattice is not None for probe in probes)
    assert any(probe.structure and not probe.structure.is_ordered for probe in probes)
    assert any("Li" not in probe.fractions for probe in probes)
    assert any(set(probe.fractions) == {"Li"} for probe in probes)


@pytest.mark.parametrize("probe", oracle_probes(), ids=lambda c: c.name or c.formula)
def test_probe_composition_and_structure_agree(probe):
    if probe.structure is None:
        return
    cell = Candidate(tuple(probe.structure.composition.items()))
    assert cell.fractions == pytest.approx(probe.fractions)
    assert sum(probe.structure.composition.values()) == pytest.approx(
        probe.z * sum(amount for _, amount in probe.composition)
    )
    assert probe.structure.volume == pytest.approx(probe.lattice.volume)


@pytest.mark.parametrize(
    ("index", "pair", "distance"),
    [(0, ("Li", "O"), 2.000), (1, ("Li", "Cl"), 2.565), (2, ("Li", "N"), 1.938)],
)
def test_probe_bond_lengths_are_those_of_the_crystals(index, pair, distance):
    np = pytest.importorskip("numpy")
    crystal = oracle_probes()[index].structure
    cell = np.array(crystal.matrix)
    shifts = np.array(np.meshgrid(*[[-1, 0, 1]] * 3)).reshape(3, -1).T
    first, second = (
        np.array([s.position for s in crystal.sites if s.species[0][0] == e]) for e in pair
    )
    gaps = (second[None, :, None] + shifts[None, None] - first[:, None, None]) @ cell
    assert np.linalg.norm(gaps, axis=-1).min() == pytest.approx(distance, abs=2e-3)
